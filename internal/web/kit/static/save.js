// Saving in place: a form is sent as it would be without this script, and what the answer says of
// it is put where it stands. What was typed stays when there is no connection, and waits for its
// user when they have to sign in again first.
async function save(form, button) {
  const state = form.querySelector("[data-save-state]");
  const body = new URLSearchParams(new FormData(form));
  if (button?.name) body.append(button.name, button.value);
  state.classList.remove("is-lost");
  state.textContent = form.dataset.save;
  let answer, text;
  try {
    answer = await fetch(form.action, { method: "POST", body });
    text = await answer.text();
  } catch {
    state.classList.add("is-lost");
    state.textContent = form.dataset.lost;
    return;
  }
  const page = new DOMParser().parseFromString(text, "text/html");
  const there = page.getElementById(form.id);
  // To sign in first, for one; or the page is in another language now.
  if (!there || page.documentElement.lang !== document.documentElement.lang) {
    location.assign(answer.url);
    return;
  }
  put(form, there, page);
}

// put shows what the answer says, and leads to it.
function put(form, there, page) {
  document.getElementById("problems")?.remove();
  document.querySelectorAll("[data-toast]").forEach((old) => old.remove());
  const problems = page.getElementById("problems");
  if (problems) form.closest("section").before(document.adoptNode(problems));
  form.replaceWith(document.adoptNode(there));
  listen(there);
  for (const mark of [".sp-avatar-button", ".sp-menu-who"]) {
    const now = page.querySelector(mark);
    if (now) document.querySelector(mark)?.replaceChildren(...document.adoptNode(now).childNodes);
  }
  const toast = page.querySelector("[data-toast]");
  if (toast) {
    document.body.append(document.adoptNode(toast));
    toast.dispatchEvent(new Event("toast", { bubbles: true }));
  }
  (problems ?? there.querySelector(".btn-primary")).focus();
}

function listen(form) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (form.getAttribute("aria-busy") === "true") return;
    form.setAttribute("aria-busy", "true");
    save(form, event.submitter).finally(() => form.removeAttribute("aria-busy"));
  });
}

document.querySelectorAll("form[data-save]").forEach(listen);
