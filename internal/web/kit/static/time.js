// Times in the zone of the person who reads. The server writes them in the zone
// that the browser told; until it has, this rewrites them and tells it. A zone
// that the reader chose stays. Then it keeps "5 minutes ago" true while the page stays open.
const root = document.documentElement;
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
// Digits are 0 to 9 and hours 0 to 23 in every language, as the server writes them.
const language = root.lang === "en" ? "en-GB" : `${root.lang}-u-nu-latn`;

if (zone && zone !== root.dataset.zoneTold && zone !== "UTC") {
  const body = new URLSearchParams({ zone });
  fetch("/zone", { method: "POST", body, keepalive: true }).catch(() => {}); // the next page tells it
}
if (zone && zone !== root.dataset.zone && root.dataset.zoneKept === undefined) {
  const exact = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short", hourCycle: "h23", timeZone: zone });
  const clock = new Intl.DateTimeFormat(language, { timeStyle: "short", hourCycle: "h23", timeZone: zone });
  const short = new Intl.DateTimeFormat(language, { timeZoneName: "short", timeZone: zone });
  for (const el of document.querySelectorAll("time[datetime]")) {
    const date = new Date(el.dateTime);
    const name = short.formatToParts(date).find((p) => p.type === "timeZoneName")?.value ?? "";
    const text = `${exact.format(date)} ${name}`.trim();
    const hidden = el.querySelector(".visually-hidden");
    el.title = text;
    if (hidden) hidden.textContent = ` (${text})`;
    if (el.dataset.clock !== undefined) el.firstChild.data = clock.format(date);
  }
}

const relative = new Intl.RelativeTimeFormat(language, { numeric: "always" });
const units = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60]];

function refresh() {
  for (const el of document.querySelectorAll("time[data-pattern]")) {
    const seconds = (Date.now() - Date.parse(el.dateTime)) / 1000;
    const unit = units.find(([, size]) => seconds >= size);
    if (!unit) continue; // under a minute: the server's words still hold
    const ago = relative.format(-Math.floor(seconds / unit[1]), unit[0]);
    el.firstChild.data = el.dataset.pattern.replace("{ago}", ago);
  }
}

setInterval(refresh, 60_000);
