// Work that is done in batches: the form is sent again and again, and what it is answered with
// takes the place of what stands there, until there is no form any more. Without a script each
// batch is a press of the button.
const place = () => document.querySelector("[data-batches]");
let going = false;

async function next(form) {
  form.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const there = page.querySelector("[data-batches]");
    if (!there) {
      location.assign(answer.url); // to sign in, or to prove more
      return null;
    }
    place().replaceChildren(...there.childNodes);
    document.title = page.title;
    return place().querySelector("form");
  } catch {
    form.removeAttribute("aria-busy");
    form.querySelector("[data-lost]").hidden = false;
    return null;
  }
}

document.addEventListener("submit", async (event) => {
  let form = event.target;
  if (!place()?.contains(form)) return;
  event.preventDefault();
  if (going) return;
  going = true;
  form.querySelector("[data-lost]").hidden = true;
  while (form) form = await next(form);
  going = false;
  place().querySelector("[data-result]")?.focus();
});

// Who leaves meanwhile stops it: what is done is done, and the same list goes on from there.
addEventListener("beforeunload", (event) => {
  if (going) event.preventDefault();
});
