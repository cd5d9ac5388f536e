// Charts: a drawing is one stop of the Tab key. There the arrow keys lead from one moment to the
// next, or from one country of a map to the next, Home and End to the first and the last. What a
// moment says is the name of what has the focus. Escape hides it until the pointer or a key moves.
const plots = [...document.querySelectorAll("[data-chart]")];

const ways = {
  ArrowRight: (at) => at + 1,
  ArrowLeft: (at) => at - 1,
  ArrowDown: (at) => at + 1,
  ArrowUp: (at) => at - 1,
  Home: () => 0,
  End: (_, last) => last,
};

for (const plot of plots) {
  const spots = [...plot.querySelectorAll(":scope > span")];
  if (spots.length === 0) continue;
  let here = 0;
  const choose = (at) => {
    spots[here].tabIndex = -1;
    here = Math.min(Math.max(at, 0), spots.length - 1);
    const said = [...spots[here].lastElementChild.children].map((line) => line.textContent);
    spots[here].setAttribute("role", "img");
    spots[here].setAttribute("aria-label", said.join(", "));
    spots[here].tabIndex = 0;
  };
  const speak = () => plot.classList.remove("is-quiet");

  // A picture has nothing in it that could have the focus, so it is one no more.
  plot.setAttribute("role", "application");
  choose(0);
  plot.addEventListener("keydown", (event) => {
    const way = ways[event.key];
    if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    speak();
    choose(way(here, spots.length - 1));
    spots[here].focus({ focusVisible: true });
  });
  plot.addEventListener("focusout", speak);
  plot.addEventListener("pointerleave", speak);
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const plot of plots) plot.classList.toggle("is-quiet", plot.matches(":hover, :focus-within"));
});
