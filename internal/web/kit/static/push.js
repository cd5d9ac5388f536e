// Push in this browser: the switch that turns it on, and its renewal. A subscription ends with the session
// that it was made in, so whoever turned it on here is subscribed again after they have signed in again,
// and after the key of the service has changed. Nobody else who signs in here is.
const bell = document.querySelector("[data-push]");
const key = bell.dataset.push;
const replace = bell.dataset.pushReplace !== undefined;

const able = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

const bytes = (base64url) => Uint8Array.from(atob(base64url.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));

// subscribe returns what the service needs to know of this browser, as a form sends it.
async function subscribe(again) {
  await navigator.serviceWorker.register("/worker.js");
  const worker = await navigator.serviceWorker.ready;
  let has = await worker.pushManager.getSubscription();
  if (has && again) {
    await has.unsubscribe(); // it is of another key, or of somebody else
    has = null;
  }
  has ??= await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) });
  const { endpoint, keys } = has.toJSON();
  return { endpoint, p256dh: keys.p256dh, auth: keys.auth };
}

async function unsubscribe() {
  const worker = await navigator.serviceWorker.getRegistration("/");
  const has = await worker?.pushManager.getSubscription();
  await has?.unsubscribe();
}

async function renew() {
  if (bell.dataset.pushRenew === undefined || Notification.permission !== "granted") return;
  const body = new URLSearchParams(await subscribe(replace));
  await fetch("/profile/notifications/browsers", { method: "POST", body, headers: { Accept: "application/json" } });
}

function listen(card) {
  const knob = card.querySelector("[data-push-switch]");
  const form = knob.form;
  const help = (when) => {
    for (const part of card.querySelectorAll("[data-push-help]")) part.hidden = part.dataset.pushHelp !== when;
  };
  const stop = (when) => {
    knob.checked = false;
    knob.disabled = when !== "failed";
    help(when);
  };
  if (!able) return stop("missing");
  if (Notification.permission === "denied") stop("denied");
  else knob.disabled = false;
  // The browser may have forgotten what the service still knows.
  if (knob.checked) {
    unsubscribed().then((gone) => {
      if (gone) knob.checked = false;
    });
  }
  knob.addEventListener("change", async () => {
    help("");
    knob.disabled = true;
    if (!knob.checked) {
      await unsubscribe().catch(() => {}); // the service forgets it all the same
      form.action = form.dataset.off;
      form.submit();
      return;
    }
    if ((await Notification.requestPermission()) !== "granted") return stop(Notification.permission === "denied" ? "denied" : "");
    try {
      for (const [name, value] of Object.entries(await subscribe(replace))) form.elements[name].value = value;
    } catch {
      return stop("failed");
    }
    form.submit();
  });
}

async function unsubscribed() {
  const worker = await navigator.serviceWorker.getRegistration("/");
  return !(await worker?.pushManager.getSubscription());
}

const card = document.querySelector("[data-push-card]");
if (card) listen(card);
else if (able) renew().catch(() => {}); // without an answer the next page tries again
