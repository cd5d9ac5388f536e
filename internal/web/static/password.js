// Password fields: show and hide, rules ticked off while one types, a rough
// strength meter, and whether the second copy matches. All of it is advice; the
// server decides.
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
  needs_upper: (text) => /\p{Lu}/u.test(text),
  needs_number: (text) => /\p{N}/u.test(text),
  needs_symbol: (text) => /[^\p{L}\p{N}\p{M}\p{Cc}]/u.test(text),
};

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

// rough guesses how many bits of surprise a password holds. A letter after a
// letter, or a digit after a digit, is mostly part of a word or a year and
// counts little; repeats and steps (aaa, 123) count nothing.
function rough(text, known) {
  let bits = 0;
  let before = "";
  let kind = "";
  for (const word of known) text = text.toLowerCase().replaceAll(word, "");
  for (const c of text) {
    const now = /\p{L}/u.test(c) ? "letter" : /\p{N}/u.test(c) ? "digit" : "symbol";
    const step = before === "" ? 9 : Math.abs(c.codePointAt(0) - before.codePointAt(0));
    if (step > 1) bits += now !== kind ? 4.5 : now === "symbol" ? 3 : 2.2;
    before = c;
    kind = now;
  }
  return bits;
}

for (const meter of document.querySelectorAll("[data-meter]")) {
  const input = document.getElementById(meter.dataset.meter);
  const words = meter.querySelector("[data-meter-text]");
  const levels = [[35, "weak"], [50, "fair"], [65, "good"], [Infinity, "strong"]];
  input.addEventListener("input", () => {
    const known = [...input.form.querySelectorAll("input[type=email], input[type=text]")]
      .flatMap((i) => i.value.toLowerCase().split(/[^\p{L}\p{N}]+/u)).filter((w) => w.length > 2);
    const bits = rough(input.value, known);
    const [, level] = levels.find(([below]) => bits < below);
    meter.hidden = input.value === "";
    meter.dataset.level = level;
    const text = words.dataset[level];
    if (words.textContent !== text) words.textContent = text;
  });
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
