// The time that a session has left. Shortly before it ends the page says so, while what was typed in it can
// still be saved or the session be kept: two minutes before an end for want of use, which a button puts off, and
// five before the end that nothing puts off. Other tabs may have used the session, so the server is asked first,
// which is no use of it. The page is never loaded anew.
const pause = 10_000;
const warn = { idle: 120, all: 300 }; // seconds before
const note = document.querySelector("[data-left]");
const words = note.querySelector("p");
const button = note.querySelector("button");
let left = { idle: Number(note.dataset.idle), all: Number(note.dataset.all) };
let told = Date.now();
let before; // what had the focus before the button

// state is what there is to say: "" for nothing.
function state() {
  const since = (Date.now() - told) / 1000;
  const idle = left.idle - since, all = left.all - since;
  if (Math.min(idle, all) <= 0) return "over";
  if (idle <= warn.idle && idle < all) return "idle";
  return all <= warn.all ? "all" : "";
}

async function ask(method) {
  const answer = await fetch(note.dataset.left, { method, headers: { Accept: "application/json" }, redirect: "manual" });
  if (answer.ok) left = await answer.json();
  else if (answer.status < 500) left = { idle: 0, all: 0 }; // the way to the sign-in
  told = Date.now();
}

function say(what) {
  if (note.dataset.state === what) return;
  note.dataset.state = what;
  words.textContent = what && words.dataset[what]; // a live region speaks when its text changes
  button.hidden = what !== "idle";
  if (what === "over") clearInterval(timer);
}

async function look() {
  if (document.hidden) return;
  if (state()) await ask("GET");
  if (state() || note.dataset.state !== "kept") say(state());
}

const timer = setInterval(() => look().catch(() => {}), pause); // without an answer it asks again
document.addEventListener("visibilitychange", () => look().catch(() => {}));
button.addEventListener("focus", (event) => { before = event.relatedTarget; });
button.addEventListener("click", async () => {
  await ask("POST").catch(() => {});
  const now = state();
  if (now === "idle") return; // no answer: it can be tried again
  say(now || "kept");
  (before?.isConnected ? before : document.getElementById("main")).focus({ preventScroll: true });
  if (!now) setTimeout(() => note.dataset.state === "kept" && say(""), 8000);
});
