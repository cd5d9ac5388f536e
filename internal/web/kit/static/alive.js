// A page of somebody who is signed in, when it comes to the front: another tab may have signed out, or signed in
// as somebody else. Then it shows nothing any more and is asked for again, which leads to the sign-in. To ask
// is no use of the session.
const alive = document.documentElement.dataset.alive;

async function look() {
  if (document.hidden) return;
  const answer = await fetch(alive, { redirect: "manual" });
  if (answer.status === 204 || answer.status >= 500) return;
  document.documentElement.replaceChildren();
  location.replace(location.pathname + location.search);
}

const ask = () => look().catch(() => {}); // without an answer it asks the next time
document.addEventListener("visibilitychange", ask);
addEventListener("focus", ask);
addEventListener("pageshow", (event) => event.persisted && ask());
