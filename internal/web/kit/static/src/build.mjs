// Makes the committed files that come from other people's packages: the part of
// Tabler's style sheet that our templates use, the icon sprite, the flags, and
// the estimator behind the password meter.
// Run it after a template uses a new Tabler class or an icon joins icons.txt:
//
//	npm install && npm run build
//
// The tests of package web say when that is due.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { PurgeCSS } from "purgecss";
import * as lists from "./lists.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..");
const templates = join(here, "../../templates");
const packages = join(here, "node_modules");

const words = (text) => text.split(/[^A-Za-z0-9_-]+/).filter(Boolean);

// Class names are looked for in class attributes and classList calls only: a
// word of prose, such as "table" or "row", keeps nothing.
function extract(content) {
  const found = { classes: [], ids: [], tags: [], attributes: { names: [], values: [] }, undetermined: [] };
  for (const m of content.matchAll(/class(?:Name)?\s*=\s*["'`]([^"'`]*)["'`]/g)) found.classes.push(...words(m[1]));
  for (const m of content.matchAll(/classList\.\w+\(([^)]*)\)/g)) found.classes.push(...words(m[1]));
  for (const m of content.matchAll(/<([a-z][a-z0-9-]*)/g)) found.tags.push(m[1]);
  for (const m of content.matchAll(/\s([a-z-]+)(?:="([^"]*)")?/g)) {
    found.attributes.names.push(m[1]);
    if (m[2]) found.attributes.values.push(...words(m[2]));
  }
  return found;
}

const content = [
  ...readdirSync(templates, { recursive: true }).filter((f) => f.endsWith(".html")).map((f) => join(templates, f)),
  ...readdirSync(out).filter((f) => f.endsWith(".js") && f !== "meter.js").map((f) => join(out, f)),
];

const [purged] = await new PurgeCSS().purge({
  content,
  css: [join(packages, "@tabler/core/dist/css/tabler.min.css")],
  defaultExtractor: extract,
  variables: true,
  keyframes: true,
  fontFace: true,
  // Set on <html> by the server and by theme.js, so always possible.
  safelist: { standard: ["html", "body", ":root", "data-bs-theme", "dir"] },
  // Parts for scripts and themes that the pages do not have.
  blocklist: [/^theme-/, /data-bs-navbar-theme/, /data-bs-theme-(base|primary|font|radius)/],
});

writeFileSync(join(out, "tabler.css"), purged.css.trim() + "\n");

const icons = readFileSync(join(here, "icons.txt"), "utf8").split("\n").filter(Boolean);
const symbols = icons.map((name) => {
  const svg = readFileSync(join(packages, "@tabler/icons/icons/outline", name + ".svg"), "utf8");
  const body = svg.replace(/^[\s\S]*?<svg[\s\S]*?>/, "").replace(/<\/svg>\s*$/, "")
    .replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none" \/>/, "").replace(/\s*\n\s*/g, "");
  return `<symbol id="${name}" viewBox="0 0 24 24">${body}</symbol>`;
});
writeFileSync(join(out, "icons.svg"), `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`);

rmSync(join(out, "flags"), { recursive: true, force: true });
mkdirSync(join(out, "flags"));
for (const f of readdirSync(join(packages, "circle-flags/flags"))) {
  if (/^[a-z]{2}\.svg$/.test(f)) copyFileSync(join(packages, "circle-flags/flags", f), join(out, "flags", f));
}

await build({
  entryPoints: [join(here, "meter.js")],
  outfile: join(out, "meter.js"),
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  legalComments: "none", // they are in NOTICES.txt
  plugins: [{
    name: "packed-lists",
    setup(b) {
      b.onResolve({ filter: /^packed-lists$/ }, ({ path }) => ({ path, namespace: "packed" }));
      const contents = Object.entries(lists).map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};`).join("\n");
      b.onLoad({ filter: /.*/, namespace: "packed" }, () => ({ contents }));
    },
  }],
});

for (const f of ["tabler.css", "icons.svg", "meter.js"]) console.log(f, readFileSync(join(out, f)).length, "bytes");
