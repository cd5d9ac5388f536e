// One's own picture: it is chosen, dropped, pasted or taken, cut with a preview, and sent with a
// bar that says how far it is. The file goes as it is, with the square that was chosen, and the
// server cuts it: without this script it takes the middle.
const page = document.querySelector("[data-avatar]");
const form = page.querySelector("form");
const input = form.elements.picture;
const crop = page.querySelector("[data-crop]");
const stage = page.querySelector("[data-stage]");
const zoom = page.querySelector("[data-zoom]");
const status = page.querySelector("[data-status]");
const problem = page.querySelector("[data-problem]");
const progress = page.querySelector("[data-progress]");
const canvases = [stage.querySelector("canvas"), ...page.querySelectorAll("[data-preview]")];
const smallest = 96; // pixels: less is a blur

let bitmap = null; // what is cut; null where the browser cannot show the file
let square = { x: 0, y: 0, side: 0 };

for (const element of page.querySelectorAll("[data-scripted]")) element.hidden = false;

function say(text) {
  problem.textContent = text;
  input.setAttribute("aria-invalid", text ? "true" : "false");
  input.classList.toggle("is-invalid", text !== "");
  if (text) page.querySelector("#problems")?.remove();
}

function draw() {
  for (const canvas of canvases) {
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.drawImage(bitmap, square.x, square.y, square.side, square.side, 0, 0, canvas.width, canvas.height);
  }
}

// place puts the square where it is wanted, within the picture.
function place(x, y, side) {
  const within = (at, length) => Math.min(Math.max(at, 0), length - side);
  square = { x: within(x, bitmap.width), y: within(y, bitmap.height), side };
  draw();
}

const move = (x, y) => place(square.x + x * square.side, square.y + y * square.side, square.side);

// zoomTo cuts around the same middle. The scale of the slider is that of the eye.
function zoomTo(value) {
  const whole = Math.min(bitmap.width, bitmap.height);
  const side = whole * Math.pow(Math.min(1, smallest / whole), value / 100);
  zoom.value = value;
  place(square.x + (square.side - side) / 2, square.y + (square.side - side) / 2, side);
}

// show takes a file up: what is too large is said at once, and what the browser cannot show is
// sent uncut, for the server to say what is wrong with it.
async function show(file) {
  say("");
  bitmap = null;
  crop.hidden = true;
  if (!file) return;
  if (file.size > Number(page.dataset.max)) {
    input.value = "";
    say(page.dataset.tooLarge);
    return;
  }
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    status.textContent = page.dataset.unshown;
    return;
  }
  const side = Math.min(bitmap.width, bitmap.height);
  zoom.value = 0;
  crop.hidden = false;
  place((bitmap.width - side) / 2, (bitmap.height - side) / 2, side);
  status.textContent = page.dataset.chosen;
  stage.focus({ preventScroll: false });
}

// take puts a file that came another way into the field, where it is sent from.
function take(files) {
  const file = files?.[0];
  if (!file) return;
  const held = new DataTransfer();
  held.items.add(file);
  input.files = held.files;
  show(file);
}

input.addEventListener("change", () => show(input.files[0]));
page.querySelector("[data-camera]").addEventListener("change", (event) => take(event.target.files));

const target = page.querySelector("[data-drop]");
page.addEventListener("dragover", (event) => {
  if (!event.dataTransfer.types.includes("Files")) return;
  event.preventDefault();
  target.classList.add("is-over");
});
page.addEventListener("dragleave", () => target.classList.remove("is-over"));
page.addEventListener("drop", (event) => {
  event.preventDefault();
  target.classList.remove("is-over");
  take(event.dataTransfer.files);
});
document.addEventListener("paste", (event) => {
  if (event.clipboardData?.files.length) take(event.clipboardData.files);
});

let held = null; // where the pointer took hold
stage.addEventListener("pointerdown", (event) => {
  stage.setPointerCapture(event.pointerId);
  held = { x: event.clientX, y: event.clientY, from: square };
});
stage.addEventListener("pointermove", (event) => {
  if (!held) return;
  const scale = square.side / stage.clientWidth;
  place(held.from.x - (event.clientX - held.x) * scale, held.from.y - (event.clientY - held.y) * scale, square.side);
});
for (const end of ["pointerup", "pointercancel"]) stage.addEventListener(end, () => (held = null));

const keys = {
  ArrowLeft: () => move(-0.05, 0),
  ArrowRight: () => move(0.05, 0),
  ArrowUp: () => move(0, -0.05),
  ArrowDown: () => move(0, 0.05),
  "+": () => zoomTo(Math.min(100, Number(zoom.value) + 5)),
  "=": () => zoomTo(Math.min(100, Number(zoom.value) + 5)),
  "-": () => zoomTo(Math.max(0, Number(zoom.value) - 5)),
};
stage.addEventListener("keydown", (event) => {
  const act = keys[event.key];
  if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  act();
});
zoom.addEventListener("input", () => zoomTo(Number(zoom.value)));
for (const button of page.querySelectorAll("[data-move]")) {
  const [x, y] = button.dataset.move.split(" ").map(Number);
  button.addEventListener("click", () => move(x * 0.05, y * 0.05));
}

function sending(on) {
  form.setAttribute("aria-busy", String(on));
  form.querySelector(".btn-primary").disabled = on;
  progress.hidden = !on;
  progress.value = 0;
  if (on) status.textContent = page.dataset.sending;
}

// answered leads on, or says what is wrong and keeps the file.
function answered(request) {
  sending(false);
  let said;
  try {
    said = JSON.parse(request.responseText);
  } catch {
    location.assign(request.responseURL || location.href); // to sign in again
    return;
  }
  if (said.next) {
    location.assign(said.next);
    return;
  }
  say(said.problem || page.dataset.lost);
  input.focus();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  say("");
  const body = new FormData(form);
  if (bitmap) for (const name of ["x", "y", "side"]) body.set(name, Math.round(square[name]));
  const request = new XMLHttpRequest();
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) progress.value = event.loaded / event.total;
  });
  request.addEventListener("load", () => answered(request));
  request.addEventListener("error", () => {
    sending(false);
    say(page.dataset.lost);
    input.focus();
  });
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "application/json");
  sending(true);
  request.send(body);
});
