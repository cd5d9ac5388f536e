// Passkeys: what the server asks for is handed to the browser, and what that
// answers goes back as the text of a form field. Without scripts there are none,
// so the forms and buttons for them are hidden until this has run.
//
// Other modules use create() and get(); forms with data-passkey need nothing but
// their attributes, see below.

export const supported = () => typeof PublicKeyCredential === "function" && !!navigator.credentials;

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
const known = (list) => list?.map((c) => ({ ...c, id: bytes(c.id) }));

// Browsers of 2024 and earlier speak in buffers where newer ones speak JSON.
function creation(options) {
  if (PublicKeyCredential.parseCreationOptionsFromJSON) return PublicKeyCredential.parseCreationOptionsFromJSON(options);
  return {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: known(options.excludeCredentials),
  };
}

function request(options) {
  if (PublicKeyCredential.parseRequestOptionsFromJSON) return PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return { ...options, challenge: bytes(options.challenge), allowCredentials: known(options.allowCredentials) };
}

function json(credential) {
  try {
    return JSON.stringify(credential.toJSON());
  } catch {
    // No toJSON, or one of a password manager's that does not work.
  }
  const { response } = credential;
  const buffers = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const fields = Object.fromEntries(buffers.filter((n) => response[n]).map((n) => [n, text(response[n])]));
  if (response.getTransports) fields.transports = response.getTransports();
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: fields,
  });
}

// create makes a passkey by the options of the server and returns its answer.
export async function create(options) {
  return json(await navigator.credentials.create({ publicKey: creation(options) }));
}

// get uses a passkey by the options of the server and returns its answer.
export async function get(options, { mediation, signal } = {}) {
  return json(await navigator.credentials.get({ publicKey: request(options), mediation, signal }));
}

// A form with data-passkey fetches the options from the address it names, with
// its own fields, and is sent with the answer in its field "passkey".
// data-passkey-fill offers passkeys in the drop-down of a text field, too.

let waiting; // of the one request that a page may have

// Refusal is the server's, in words for people.
class Refusal extends Error {}

// Moved is another page in place of an answer: signed out meanwhile.
class Moved extends Error {}

async function options(form, more) {
  const body = new URLSearchParams(new FormData(form));
  for (const name in more) body.set(name, more[name]);
  const answer = await fetch(form.dataset.passkey, { method: "POST", body, headers: { Accept: "application/json" } });
  if (answer.status === 204) return undefined;
  if (!answer.headers.get("Content-Type")?.startsWith("application/json")) throw new Moved();
  const said = await answer.json();
  if (said.location) location.assign(said.location);
  if (!answer.ok) throw new Refusal(said.problem);
  return said.options;
}

function say(form, problem) {
  const place = form.querySelector("[data-passkey-problem]");
  place.hidden = !problem;
  place.querySelector("span").textContent = problem;
}

function send(form, credential) {
  form.elements.passkey.value = credential;
  form.submit();
}

async function use(form) {
  waiting?.abort();
  const mine = (waiting = new AbortController());
  const { signal } = mine;
  say(form, "");
  form.setAttribute("aria-busy", "true");
  try {
    const wanted = await options(form);
    if (!wanted) return;
    send(form, await get(wanted, { signal }));
  } catch (problem) {
    form.removeAttribute("aria-busy");
    if (waiting !== mine) return; // another try took over
    waiting = undefined;
    if (problem instanceof Moved) return location.reload();
    // What a browser gives as its reason is for developers.
    say(form, problem instanceof Refusal ? problem.message : form.dataset.passkeyFailed);
  }
}

const fillFor = 9 * 60_000; // milliseconds; the options work for ten minutes

async function fill(form) {
  if (waiting) return;
  // Taken before anything is waited for: the field may get the focus meanwhile.
  const mine = (waiting = new AbortController());
  const { signal } = mine;
  const timer = setTimeout(() => mine.abort(), fillFor);
  try {
    if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) {
      clearTimeout(timer);
      if (waiting === mine) waiting = undefined;
      return;
    }
    const wanted = await options(form, { fill: "1" });
    if (wanted && !signal.aborted) send(form, await get(wanted, { mediation: "conditional", signal }));
  } catch {
    // Nobody asked for it, so nobody is told: the button is there.
  }
  clearTimeout(timer);
  // Whoever comes back to the field later finds passkeys in it again.
  if (waiting === mine && signal.aborted) waiting = undefined;
}

// Where this device can keep a passkey, the form of the password says so.
for (const field of document.querySelectorAll("input[name=passkeys]")) {
  if (!supported()) continue;
  const able = PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable?.();
  able?.then((yes) => (field.value = yes ? "yes" : "")).catch(() => {}); // it cannot, then
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!supported()) continue;
  form.hidden = false;
  for (const other of document.querySelectorAll("[data-passkey-or]")) other.hidden = false;
  for (const other of document.querySelectorAll("[data-passkey-without]")) other.hidden = true;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (form.getAttribute("aria-busy") !== "true") use(form);
  });
  addEventListener("pageshow", () => form.removeAttribute("aria-busy"));
  const field = document.getElementById(form.dataset.passkeyFill);
  if (!field) continue;
  field.addEventListener("focus", () => fill(form));
  fill(form);
}
