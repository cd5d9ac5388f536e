// The theme switch: shows the choice at once and tells the server, which puts it
// into a cookie and renders every later page with it.
for (const form of document.querySelectorAll("[data-theme-form]")) {
  form.addEventListener("submit", (event) => {
    const choice = event.submitter?.value;
    if (!choice) return;
    event.preventDefault();
    document.documentElement.dataset.bsTheme = choice;
    for (const button of form.querySelectorAll("button[name=theme]")) {
      button.setAttribute("aria-pressed", String(button.value === choice));
    }
    form.closest("[popover]")?.hidePopover();
    const body = new URLSearchParams({ theme: choice });
    fetch(form.action, { method: "POST", body, redirect: "manual" }).catch(() => {
      // Offline: the choice holds for this page, and nothing else is lost.
    });
  });
}
