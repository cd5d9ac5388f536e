// Waits until another device has approved: asks every two seconds how it stands, while somebody looks,
// and goes on by itself. Whatever else becomes of it, the page says.
const pause = 2000;
const form = document.querySelector("[data-approval]");

async function look() {
  if (document.hidden) return;
  const answer = await fetch(form.dataset.approval, { headers: { Accept: "application/json" } });
  if (answer.redirected) return location.reload(); // the session has ended
  if (!answer.ok) return;
  const { state } = await answer.json();
  if (state === "waiting") return;
  clearInterval(timer);
  if (state !== "approved") return location.reload();
  const said = document.querySelector("[data-approval-said]");
  said.textContent = said.dataset.approvalSaid;
  form.requestSubmit();
}

const timer = setInterval(() => look().catch(() => {}), pause); // without an answer it asks again
document.addEventListener("visibilitychange", () => look().catch(() => {}));
