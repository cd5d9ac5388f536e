// The form of the look: shows at once what is typed, and how a colour is used.
const form = document.querySelector("form[data-look-form]");
const accent = form.elements.accent;
const pick = form.querySelector("[data-look-pick]");
const note = document.querySelector("[data-look-note]");
const whole = /^#[0-9a-f]{6}$/i;

const put = (mark, text) => {
  for (const one of document.querySelectorAll(mark)) one.textContent = text;
};

// The address of the sheet follows from the colour, so the page can wear it before it is saved.
function wear(colour) {
  let link = document.querySelector("link[data-accent]");
  if (!whole.test(colour)) {
    link?.remove();
    return;
  }
  if (!link) {
    link = Object.assign(document.createElement("link"), { rel: "stylesheet" });
    link.dataset.accent = "";
    document.head.append(link);
  }
  link.href = `/look/${colour.slice(1).toLowerCase()}.css`;
}

let asked = 0;
async function judge(colour) {
  const mine = ++asked;
  const answer = await fetch(`${form.getAttribute("action")}/colour?accent=${encodeURIComponent(colour)}`).catch(() => null);
  if (!answer?.ok || answer.redirected || mine !== asked) return;
  const said = new DOMParser().parseFromString(await answer.text(), "text/html");
  form.querySelector("[data-look-colours]").replaceChildren(...said.body.childNodes);
}

function colour(value) {
  wear(value);
  judge(value);
}

pick.hidden = false;
pick.addEventListener("input", () => {
  accent.value = pick.value;
  colour(pick.value);
});
accent.addEventListener("input", () => {
  const value = accent.value.trim();
  if (whole.test(value)) pick.value = value.toLowerCase();
  if (value === "" || whole.test(value)) colour(value);
});
form.elements.name.addEventListener("input", () => put("[data-look-name]", form.elements.name.value));
form.elements.signInText.addEventListener("input", () => put("[data-look-text]", form.elements.signInText.value));
// A new logo is shown where the former one, or the name, stands. Its bytes are read here: no address leads to it yet.
form.elements.logo.addEventListener("change", () => {
  const [file] = form.elements.logo.files;
  if (!file) return;
  const reader = new FileReader();
  reader.addEventListener("load", () => {
    for (const place of document.querySelectorAll("[data-look-brand]")) {
      place.replaceChildren(Object.assign(new Image(), { src: reader.result, alt: "", className: "sp-logo" }));
    }
  });
  reader.readAsDataURL(file);
});
form.addEventListener("input", () => {
  note.textContent = note.dataset.unsaved;
});
