// Verifies an export of the audit log with nothing but docs/audit-format.md and the standard library
// of Node.js: it shares no code with Sallyport. Arguments: the folder of the unpacked files, the public
// key. It prints the number of events, and ends with 1 and a reason when something is wrong.
import { createHash, createPublicKey, verify } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [folder, key] = process.argv.slice(2);
const read = (name) => readFileSync(join(folder, name));
const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();
const fail = (why) => {
  console.log(why);
  process.exit(1);
};
const strict64 = (text) => {
  const raw = Buffer.from(text, "base64");
  return raw.toString("base64") === text ? raw : fail("not base64: " + text);
};

// The checkpoint.
const [name, id, packed] = [...key.split("+", 2), key.split("+").slice(2).join("+")];
const publicKey = strict64(packed).subarray(1);
const keyId = sha256(name, Buffer.from([10, 1]), publicKey).subarray(0, 4);
if (keyId.toString("hex") !== id) fail("the key's id is not that of the key");
const note = read("checkpoint.txt").toString("utf8");
const [text, signatures] = [note.slice(0, note.indexOf("\n\n") + 1), note.slice(note.indexOf("\n\n") + 2)];
const [origin, sizeText, rootText, rest] = text.split("\n");
if (origin !== name || rest !== "" || text.split("\n").length !== 4) fail("the checkpoint is of another log");
const spki = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), publicKey]);
const ed25519 = createPublicKey({ key: spki, format: "der", type: "spki" });
const lines = signatures.split("\n");
if (lines.pop() !== "" || new Set(lines).size !== lines.length) fail("the checkpoint's signatures are not lines");
const signed = lines.some((line) => {
  const parts = line.split(" ");
  if (parts.length !== 3 || parts[0] !== "—") fail("a signature is not one");
  const raw = strict64(parts[2]);
  return parts[1] === name && raw.subarray(0, 4).equals(keyId) && verify(null, Buffer.from(text), ed25519, raw.subarray(4));
});
if (!signed) fail("the checkpoint is not signed with this key");
const size = Number(sizeText);
if (String(size) !== sizeText) fail("the checkpoint's size is no number");

// The events: by their texts, which JSON.parse would not keep.
const events = [];
if (existsSync(join(folder, "events.ndjson"))) {
  const body = read("events.ndjson").toString("latin1"); // one character for each byte
  const all = body === "" ? [] : body.split("\n");
  if (body !== "" && all.pop() !== "") fail("the last line does not end");
  for (const line of all) {
    const head = /^\{"position":(0|[1-9]\d*),"leaf":/.exec(line);
    if (!head) fail("a line does not begin with its position and leaf");
    const end = endOf(line, head[0].length);
    const leaf = line.slice(head[0].length, end);
    let personal = "";
    if (line.slice(end) !== "}") {
      if (!line.startsWith(',"personal":', end) || !line.endsWith("}")) fail("something stands behind a leaf");
      personal = line.slice(end + ',"personal":'.length, -1);
    }
    events.push({ position: Number(head[1]), leaf: Buffer.from(leaf, "latin1"), personal: Buffer.from(personal, "latin1") });
  }
}

// endOf returns where the JSON value that begins at a place ends.
function endOf(line, from) {
  let [depth, quoted] = [0, false];
  for (let i = from; i < line.length; i++) {
    const c = line[i];
    if (quoted) {
      if (c === "\\") i++;
      else if (c === '"') quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === "{") depth++;
    else if (c === "}" && --depth === 0) return i + 1;
  }
  return fail("a leaf does not end");
}

for (const { position, leaf, personal } of events) {
  const said = JSON.parse(leaf.toString("utf8"));
  if ("sallyport/" + said.tenantId !== origin) fail(`event ${position} is of another organisation`);
  const bound = personal.length ? sha256(personal).toString("base64url") : undefined;
  if (personal.length && said.personal !== bound) fail(`the personal part of event ${position} is not its own`);
}

// The tree.
const subtrees = read("proof.txt").toString("utf8").split("\n");
if (subtrees.pop() !== "") fail("the proof does not end with a line");
const pieces = [
  ...events.map((e) => ({ from: e.position, to: e.position + 1, hash: sha256(Buffer.from([0]), e.leaf) })),
  ...subtrees.map((line) => {
    const parts = /^(\d+) (\d+) (\S{44})$/.exec(line) ?? fail("a line of the proof is not one");
    if (`${Number(parts[1])} ${Number(parts[2])}` !== `${parts[1]} ${parts[2]}`) fail("a number of the proof is not one");
    return { from: Number(parts[1]), to: Number(parts[2]), hash: strict64(parts[3]) };
  }),
];
// Each file has to be in order: then sorting all pieces only merges two lists.
for (const list of [pieces.slice(0, events.length), pieces.slice(events.length)]) {
  list.forEach((piece, i) => i > 0 && piece.from <= list[i - 1].from && fail("pieces are not in order"));
}
pieces.sort((a, b) => a.from - b.from);
const peaks = [];
let at = 0;
for (const piece of pieces) {
  const n = piece.to - piece.from;
  if (piece.from !== at || n < 1 || !Number.isInteger(Math.log2(n)) || piece.from % n !== 0) fail(`nothing proves what stands at ${at}`);
  let node = piece;
  while (peaks.length && peaks.at(-1).to - peaks.at(-1).from === node.to - node.from) {
    const left = peaks.pop();
    node = { from: left.from, to: node.to, hash: sha256(Buffer.from([1]), left.hash, node.hash) };
  }
  peaks.push(node);
  at = piece.to;
}
if (at !== size || size === 0) fail("the events and hashes are not as many as the checkpoint says");
const root = peaks.reduceRight((right, left) => (right ? sha256(Buffer.from([1]), left.hash, right) : left.hash), null);
if (root.toString("base64") !== rootText) fail("the events and hashes are not those of the checkpoint");
console.log(events.length);
