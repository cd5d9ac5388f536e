// Lists: "/" goes to the search, from wherever nothing is typed.
const search = document.querySelector("[data-search]");

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  search.focus();
  search.select();
});
