// The bell asks every half minute how much is unread, while somebody looks. It counts as no use of the
// session.
const every = 30000;
const bell = document.querySelector("[data-bell]");

async function look() {
  if (document.hidden) return;
  const answer = await fetch(bell.dataset.bell, { headers: { Accept: "application/json" } });
  if (!answer.ok || answer.redirected) return;
  const now = await answer.json();
  const count = bell.querySelector(".sp-bell-count");
  count.textContent = now.count;
  count.hidden = !now.count;
  bell.setAttribute("aria-label", now.label);
  bell.title = now.label;
}

setInterval(() => look().catch(() => {}), every); // without an answer it asks again
document.addEventListener("visibilitychange", () => look().catch(() => {}));
