// The audit log as it grows: the server says that there is something new, and the page reads its own
// list again and puts the new rows on top. So nothing is there twice, however often the line breaks.
const most = 200;

for (const live of document.querySelectorAll("[data-live]")) {
  const [box, status] = [live.querySelector("input"), live.querySelector("[role=status]")];
  let line = null;
  const say = (text) => { if (status.textContent !== text) status.textContent = text; };

  const more = async () => {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const [here, now] = [document.querySelector(".sp-list tbody"), page.querySelector(".sp-list tbody")];
    if (!now) return;
    if (!here) return location.reload(); // the list was empty
    const fresh = [...now.rows].filter((row) => !document.getElementById(row.id));
    here.prepend(...fresh.map((row) => document.importNode(row, true)));
    while (here.rows.length > most) here.lastElementChild.remove();
    if (fresh.length) say(live.dataset.new.replace("{n}", fresh.length));
  };

  const stop = (text) => {
    line?.close();
    line = null;
    say(text);
  };

  const start = () => {
    line = new EventSource(live.dataset.live);
    line.onopen = () => say(live.dataset.on);
    line.addEventListener("more", () => more().catch(() => say(live.dataset.cut)));
    line.addEventListener("end", () => { stop(live.dataset.ended); box.checked = false; });
    line.onerror = () => {
      if (line?.readyState !== EventSource.CLOSED) return say(live.dataset.cut); // it tries again
      stop(live.dataset.ended);
      box.checked = false;
    };
  };

  box.addEventListener("change", () => (box.checked ? start() : stop("")));
}
