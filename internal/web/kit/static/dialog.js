// Confirmation: a link to a page that asks opens that page's dialog in place.
// Without JavaScript, or with a modifier key, the link is just a link.
for (const link of document.querySelectorAll("a[data-dialog]")) {
  const dialog = document.getElementById(link.dataset.dialog);
  if (!dialog?.showModal) continue;
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    dialog.showModal();
  });
  // A link does not answer to Space; a thing that opens a dialog should.
  link.addEventListener("keydown", (event) => {
    if (event.key !== " ") return;
    event.preventDefault();
    link.click();
  });
  // The menu that the link stands in is closed by now: its button has the focus again.
  const menu = link.closest("[popover]");
  const opener = menu ? document.querySelector(`[popovertarget="${CSS.escape(menu.id)}"]`) : link;
  dialog.addEventListener("close", () => opener.focus());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close(); // the backdrop
  });
  for (const close of dialog.querySelectorAll("[data-dialog-close]")) {
    close.setAttribute("role", "button");
    close.addEventListener("click", (event) => {
      event.preventDefault();
      dialog.close();
    });
  }
}
