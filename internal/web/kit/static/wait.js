// Waits: the time at which something can be tried again, counted down. It counts from when
// the page came, since the clock of this machine may be wrong. The form stays as it is.
const language = `${document.documentElement.lang}-u-nu-latn`; // digits as the server writes them
const unit = (name, display) => new Intl.NumberFormat(language, { style: "unit", unit: name, unitDisplay: display });

function leftText(seconds) {
  if (seconds < 60) return unit("second", "long").format(seconds);
  const minutes = Math.floor(seconds / 60);
  const short = [[minutes >= 60 && Math.floor(minutes / 60), "hour"], [minutes % 60, "minute"], [seconds % 60, "second"]];
  return short.filter(([n]) => n !== false).map(([n, name]) => unit(name, "short").format(n)).join(" ");
}

for (const wait of document.querySelectorAll("[data-wait]")) {
  const over = wait.nextElementSibling;
  const tick = () => {
    const left = Math.ceil(Number(wait.dataset.wait) - performance.now() / 1000);
    if (left > 0) {
      wait.textContent = wait.dataset.pattern.replace("{left}", leftText(left));
      return;
    }
    clearInterval(timer);
    wait.remove();
    over.textContent = over.dataset.over;
  };
  const timer = setInterval(tick, 1000);
  tick();
}
