// Lists: keys. "j" and "k" move, "x" ticks, "/" searches or filters, "?" shows the keys. They are
// off where somebody types, and can be switched off in the dialog, as WCAG 2.1.4 asks. Enter is the
// browser's own; Escape closes the drawer.
const off = "sallyport-keys-off";
const list = document.querySelector("[data-list]");
const keys = document.getElementById("keys");
const on = document.querySelector("[data-keys-on]");
const drawer = document.querySelector("[data-drawer]");

// Storage can be forbidden: the keys are on then, until the page is left.
let enabled = true;
try { enabled = localStorage.getItem(off) === null; } catch { /* forbidden */ }

if (on) {
  on.checked = enabled;
  on.addEventListener("change", () => {
    enabled = on.checked;
    try { enabled ? localStorage.removeItem(off) : localStorage.setItem(off, "1"); } catch { /* forbidden */ }
  });
}
document.querySelector("[data-keys-open]")?.addEventListener("click", () => keys.showModal());

const rows = () => [...document.querySelectorAll("[data-list] :is(.sp-row, .sp-entry)")];
const here = (all) => {
  const at = all.findIndex((row) => row.contains(document.activeElement));
  return at < 0 ? all.findIndex((row) => row.classList.contains("is-open")) : at;
};
const way = (row) => row?.querySelector("[data-open]") ?? row?.querySelector("a, button, input");

function move(by) {
  const all = rows();
  const at = here(all);
  const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1)];
  way(next)?.focus({ focusVisible: true });
  next?.scrollIntoView({ block: "nearest" });
}

function seek() {
  const search = document.querySelector("[data-search]");
  if (!search) {
    document.querySelector("[popovertarget=filters]")?.click();
    document.querySelector("#filters summary")?.focus();
    return;
  }
  search.focus();
  search.select();
}

const does = {
  j: () => move(1),
  k: () => move(-1),
  x: () => { const all = rows(); all[here(all)]?.querySelector("[data-tick]")?.click(); },
  "/": seek,
  "?": () => keys?.showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || document.querySelector("dialog[open]")) return;
  if (event.key === "Escape") {
    if (drawer && !document.querySelector(":popover-open")) drawer.querySelector("[data-drawer-close]").click();
    return;
  }
  const typing = event.target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable]");
  if (!enabled || typing || !Object.hasOwn(does, event.key)) return;
  event.preventDefault();
  does[event.key]();
});

// The list stays where it is when a drawer opens, and when it closes. The reader goes on in the
// drawer, and then in the row that it was about.
const place = "sallyport-list-at";
const seen = () => list?.checkVisibility?.() ?? false;
addEventListener("pagehide", () => {
  if (seen()) try { sessionStorage.setItem(place, `${list.dataset.list} ${scrollY}`); } catch { /* forbidden */ }
});
const row = location.hash.startsWith("#row-") && document.getElementById(location.hash.slice(1));
if (drawer || row) {
  let kept = "";
  try { kept = sessionStorage.getItem(place) ?? ""; } catch { /* forbidden */ }
  const [of, at] = kept.split(" ");
  const back = () => { if (seen() && of === list.dataset.list) scrollTo({ top: Number(at), behavior: "instant" }); };
  const navigated = performance.getEntriesByType("navigation")[0]?.type === "navigate";
  if (drawer) {
    if (navigated) back();
    drawer.focus({ preventScroll: true });
  } else {
    addEventListener("load", () => setTimeout(() => { // after the browser went to the row itself
      if (navigated) back();
      way(row)?.focus({ preventScroll: true });
    }));
  }
}

// Rows that are ticked: how many, and all that match instead.
const bulk = document.querySelector("[data-bulk]");
if (bulk) {
  const ticks = [...document.querySelectorAll("[data-tick]")];
  const head = document.querySelector("[data-tick-all]");
  const said = bulk.querySelector("[data-bulk-count]");
  const kept = bulk.querySelector("[data-bulk-kept]");
  const all = bulk.querySelector("[data-bulk-all]");
  const tell = () => {
    const n = ticks.filter((t) => t.checked).length;
    said.textContent = kept.disabled ? (n === 1 ? bulk.dataset.single : bulk.dataset.many.replace("{n}", n)) : bulk.dataset.all;
    all.hidden = !kept.disabled;
    for (const t of ticks) t.disabled = !kept.disabled;
    if (head) head.checked = n > 0 && n === ticks.length, head.indeterminate = n > 0 && n < ticks.length;
  };
  for (const t of ticks) t.addEventListener("change", tell);
  head?.addEventListener("change", () => { for (const t of ticks) t.checked = head.checked; tell(); });
  all.addEventListener("click", () => { for (const t of ticks) t.checked = true; kept.disabled = false; tell(); });
  bulk.addEventListener("reset", () => { kept.disabled = true; setTimeout(tell); });
  addEventListener("pageshow", tell);
}
