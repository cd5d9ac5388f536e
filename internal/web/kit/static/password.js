// Password fields: show and hide, rules ticked off while one types, a strength
// meter, and whether the second copy matches. All of it is advice; the server
// decides, and nothing typed leaves the page before the form is sent.
for (const button of document.querySelectorAll("[data-reveal]")) {
  const input = document.getElementById(button.dataset.reveal);
  button.hidden = false;
  button.addEventListener("click", () => {
    const show = input.type === "password";
    input.type = show ? "text" : "password";
    button.setAttribute("aria-pressed", String(show));
    input.focus();
  });
  // Never send a password as readable text: browsers remember text fields.
  input.form?.addEventListener("submit", () => {
    input.type = "password";
    button.setAttribute("aria-pressed", "false");
  });
}

const checks = {
  too_short: (text, number) => [...text].length >= number,
  too_long: (text, number) => [...text].length <= number,
  // From a length on no mix is asked. Letters of scripts without capitals count as one.
  needs_upper: (text, from) => waived(text, from) || /[\p{Lu}\p{Lt}\p{Lo}]/u.test(text),
  needs_number: (text, from) => waived(text, from) || /\p{N}/u.test(text),
  needs_symbol: (text, from) => waived(text, from) || /[^\p{L}\p{N}\p{M}\p{Cc}]/u.test(text),
};

const waived = (text, from) => from > 0 && [...text].length >= from;

for (const input of document.querySelectorAll("input[data-rules]")) {
  const rules = [...document.querySelectorAll(`#${input.dataset.rules} [data-rule]`)].filter((r) => checks[r.dataset.rule]);
  input.addEventListener("input", () => {
    for (const rule of rules) {
      const met = input.value !== "" && checks[rule.dataset.rule](input.value.normalize("NFC"), Number(rule.dataset.number));
      rule.classList.toggle("is-met", met);
      rule.classList.remove("is-broken");
      const state = rule.querySelector("[data-rule-state]");
      state.textContent = input.value === "" ? "" : met ? state.dataset.met : state.dataset.unmet;
    }
  });
}

// The meter: its estimator comes when somebody is about to choose a password.
// Without it the rules above still stand.
const levels = ["weak", "weak", "fair", "good", "strong"];

// own returns the words that the page knows of the person, which others know too.
function own(form) {
  const texts = [
    ...[...document.querySelectorAll("[data-known]")].map((e) => e.textContent),
    ...[...form.querySelectorAll("input[type=email], input[type=text]")].map((i) => i.value),
  ];
  const parts = texts.flatMap((t) => [t.trim(), ...t.split(/[^\p{L}\p{N}]+/u)]);
  return [...new Set(parts)].filter((w) => w.length > 2);
}

for (const meter of document.querySelectorAll("[data-meter]")) {
  const input = document.getElementById(meter.dataset.meter);
  const words = meter.querySelector("[data-meter-text]");
  const live = meter.querySelector("[data-meter-live]");
  let loading, soon, silence;

  const say = (part, text = "") => {
    const element = words.querySelector(`[data-meter-${part}]`);
    if (element.textContent !== text) element.textContent = text;
  };

  const measure = ({ estimate }) => {
    const known = own(input.form);
    let { score, weakness } = estimate(input.value, known);
    meter.classList.toggle("is-empty", input.value === "");
    // However long the rest, one's own words are what the server refuses.
    if (known.some((w) => w.length > 3 && input.value.toLowerCase().includes(w.toLowerCase()))) {
      [score, weakness] = [Math.min(score, 1), "userInputs"];
    }
    meter.dataset.level = levels[score];
    say("level", words.dataset[levels[score]]);
    say("weakness", words.dataset[weakness]);
    // Said when the typing pauses: a screen reader must not talk over each key.
    clearTimeout(silence);
    silence = setTimeout(() => {
      live.textContent = words.textContent.trim().replace(/\s+/g, " ");
    }, 500);
  };
  const load = () => {
    loading ??= import(meter.dataset.meterModule).catch(() => {
      loading = undefined; // offline: no meter yet, and the next key tries again
    });
    return loading;
  };
  const update = () => {
    clearTimeout(soon);
    soon = setTimeout(() => load().then((estimator) => estimator && measure(estimator)), 60);
  };
  // Its place is kept from the start: a button that moves while somebody presses it is
  // not pressed.
  meter.classList.add("is-empty");
  meter.hidden = false;
  input.addEventListener("focus", load);
  input.addEventListener("input", update);
  if (document.activeElement === input) load();
}

for (const input of document.querySelectorAll("input[data-confirms]")) {
  const first = document.getElementById(input.dataset.confirms);
  const check = () => {
    const differs = input.value !== "" && input.value !== first.value;
    input.setCustomValidity(differs ? input.dataset.mismatch : "");
  };
  input.addEventListener("input", check);
  first.addEventListener("input", check);
}
