// Setting a passkey up: the browser makes it by the options that came with the page,
// and the form is sent with what it answers. And the button that copies a text.
for (const form of document.querySelectorAll("form[data-passkey-create]")) {
  const problem = form.querySelector("[data-problem]");
  const say = (text = "") => {
    problem.hidden = !text;
    problem.querySelector("span").textContent = text;
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.getAttribute("aria-busy") === "true") return;
    form.setAttribute("aria-busy", "true");
    say();
    try {
      const { create, supported } = await import(form.dataset.passkeyCreate);
      if (!supported()) throw new DOMException("", "NotSupportedError");
      form.elements.passkey.value = await create(JSON.parse(form.dataset.options));
      form.submit();
    } catch (error) {
      form.removeAttribute("aria-busy");
      // The device has one for this account already; whatever else, nothing was made.
      const reason = { InvalidStateError: "known", NotSupportedError: "unsupported" }[error.name] ?? "stopped";
      say(problem.dataset[reason]);
    }
  });
  addEventListener("pageshow", () => form.removeAttribute("aria-busy"));
}

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  const words = button.querySelector("span");
  const before = words.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    words.textContent = button.dataset.copied;
    setTimeout(() => (words.textContent = before), 4000);
  });
}
