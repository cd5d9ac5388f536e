// Toasts: read out once, dismissed by hand or after a while, but never while
// somebody points at or stands in one.
const shownFor = 8000; // milliseconds

function begin(toast) {
  const close = toast.querySelector("[data-toast-close]");
  let timer;
  const leave = () => {
    timer = setTimeout(() => toast.remove(), shownFor);
  };
  const stay = () => clearTimeout(timer);
  close.hidden = false;
  close.addEventListener("click", () => toast.remove());
  toast.addEventListener("pointerenter", stay);
  toast.addEventListener("pointerleave", leave);
  toast.addEventListener("focusin", stay);
  toast.addEventListener("focusout", leave);
  // A live region speaks when its text changes, so the text is put in anew.
  const words = toast.querySelector("p");
  const text = words.textContent;
  words.textContent = "";
  requestAnimationFrame(() => {
    words.textContent = text;
  });
  leave();
}

document.querySelectorAll("[data-toast]").forEach(begin);
// One that a script put there.
addEventListener("toast", (event) => begin(event.target));
