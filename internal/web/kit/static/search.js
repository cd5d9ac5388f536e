// The search in the top bar: Ctrl+K, or Command+K, goes to it from anywhere.
const box = document.querySelector("[data-top-search]");

document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "k" || event.altKey || event.shiftKey || event.ctrlKey === event.metaKey || document.querySelector("dialog[open]")) return;
  if (!box.checkVisibility()) return;
  event.preventDefault();
  box.focus();
  box.select();
});
