// Forms: sent once however often the button is pressed, and the list of problems
// in view after a refusal.
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.getAttribute("aria-busy") === "true") {
      event.preventDefault();
      return;
    }
    form.setAttribute("aria-busy", "true");
  });
  // Coming back with the browser's Back button finds the form usable again.
  addEventListener("pageshow", () => form.removeAttribute("aria-busy"));
}

document.getElementById("problems")?.focus();
