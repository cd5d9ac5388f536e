// Events as they happen: the server sends the row of each one that passes the filters, which goes to its
// place in time. After a line broke it sends some of them again: each is taken once.
const pause = 10_000; // before the next try, when there was no line to begin with

for (const live of document.querySelectorAll("[data-live]")) {
  const [box, status] = [live.querySelector("input"), live.querySelector("[role=status]")];
  const table = document.querySelector(".sp-list table");
  const rows = table.querySelector("tbody");
  const most = Number(live.dataset.most);
  const at = (row) => row.querySelector("time")?.dateTime ?? "";
  const seen = new Set([...rows.rows].map((row) => row.id));
  let line = null, timer = 0, told = 0, count = 0;
  const say = (text) => { if (status.textContent !== text) status.textContent = text; };

  // Many rows can come at once: they are counted together.
  const tell = () => {
    if (told) return;
    told = setTimeout(() => { told = 0; if (line) say(live.dataset.new.replace("{n}", count)); }, 300);
  };

  const add = (event) => {
    const row = new DOMParser().parseFromString(`<table>${event.data}</table>`, "text/html").querySelector("tr");
    if (!row || seen.has(row.id)) return;
    seen.add(row.id);
    const next = [...rows.rows].find((other) => at(other) <= at(row));
    if (!next && rows.rows.length > 0) return; // older than all that is shown
    rows.insertBefore(document.importNode(row, true), next ?? null);
    while (rows.rows.length > most) rows.lastElementChild.remove();
    table.hidden = false;
    table.parentElement.querySelector(".sp-empty")?.remove();
    count += 1;
    tell();
  };

  const stop = (text) => {
    line?.close();
    line = null;
    clearTimeout(timer);
    clearTimeout(told);
    told = 0;
    say(text);
  };
  const end = () => { stop(live.dataset.ended); box.checked = false; };

  // A browser does not say why there is no line: whoever is led away from it is signed out, or may not
  // read the log; too many lines, and a server that is busy, pass.
  const why = async () => {
    const left = new AbortController();
    try {
      const answer = await fetch(live.dataset.live, { headers: { Accept: "text/event-stream" }, redirect: "manual", signal: left.signal });
      return answer.type === "opaqueredirect" ? 401 : answer.status;
    } catch {
      return 0; // no network
    } finally {
      left.abort();
    }
  };

  const start = () => {
    line = new EventSource(live.dataset.live);
    line.onopen = () => say(live.dataset.up);
    line.addEventListener("row", add);
    line.addEventListener("end", end);
    line.onerror = async () => {
      if (line?.readyState !== EventSource.CLOSED) return say(live.dataset.cut); // it tries again
      stop(live.dataset.cut);
      const status = await why();
      if (!box.checked) return;
      if (status === 401 || status === 403) return end();
      if (status === 429) say(live.dataset.full);
      timer = setTimeout(start, pause);
    };
  };

  box.addEventListener("change", () => (box.checked ? start() : stop("")));
  // A browser that comes back to the page keeps the switch as it was.
  addEventListener("pagehide", () => stop(""));
  addEventListener("pageshow", () => { if (box.checked && !line) start(); });
}
