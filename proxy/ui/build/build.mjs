// Builds the browser part: hashed files and a manifest that the server embeds.
//
//   node build/build.mjs <folder>
//
// Promise: the same sources give the same bytes. manifest.json names each entry's file and its
// static imports, and every file with its gzipped size; every other name holds a hash of what is in the file. What is over
// its budget fails the build, and says by how much.

import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "vite";
import { overweight } from "./budgets.mjs";
import { squeezeTemplates } from "./squeeze.mjs";

const root = path.resolve(import.meta.dirname, "..");
const folder = path.resolve(root, process.argv[2] ?? "dist");

const common = {
  root,
  configFile: false,
  logLevel: "warn",
  // Where the server serves them; files name each other relatively.
  base: "./",
};
const output = { entryFileNames: "[name].[hash].js", chunkFileNames: "[name].[hash].js", hashCharacters: "hex" };
const options = { outDir: folder, emptyOutDir: false, target: "es2023", minify: "esbuild", cssMinify: false, modulePreload: false, assetsInlineLimit: 0, reportCompressedSize: false };

/** A bundle of its own: one that shared modules with another would carry what only the other needs. */
async function bundle(name, source, format) {
  const isModule = format === "es";
  const { output: made } = await build({
    ...common,
    plugins: [squeezeTemplates],
    build: {
      ...options,
      rollupOptions: {
        input: { [name]: path.join(root, source) },
        output: { ...output, format, ...(isModule ? {} : { inlineDynamicImports: true }) },
        preserveEntrySignatures: false,
      },
    },
  });
  return made;
}

rmSync(folder, { recursive: true, force: true });
const made = [
  ...(await bundle("switcher", "src/switcher/main.ts", "es")),
  ...(await bundle("pages", "src/pages/main.ts", "es")),
  ...(await bundle("operator", "src/operator/main.ts", "es")),
  ...(await bundle("loader", "src/loader/main.ts", "iife")),
];

const chunks = made.filter((one) => one.type === "chunk");
const file = (name) => chunks.find((one) => one.fileName === name);

/** With all that is loaded before it runs. */
function needed(chunk, seen = new Set()) {
  if (!chunk || seen.has(chunk.fileName)) return seen;
  seen.add(chunk.fileName);
  for (const name of chunk.imports) needed(file(name), seen);
  return seen;
}

const zipped = (name) => gzipSync(readFileSync(path.join(folder, name)), { level: 9 }).length;
const entries = {};
for (const name of ["loader", "switcher", "pages", "operator"]) {
  const chunk = chunks.find((one) => one.isEntry && one.name === name);
  const files = [...needed(chunk)];
  entries[name] = { file: chunk.fileName, imports: files.slice(1), gzipBytes: files.reduce((sum, one) => sum + zipped(one), 0) };
}
const files = Object.fromEntries(chunks.map((one) => one.fileName).toSorted().map((name) => [name, zipped(name)]));
writeFileSync(path.join(folder, "manifest.json"), JSON.stringify({ version: 1, entries, files }, null, 2) + "\n");
for (const [name, { file: entry, gzipBytes }] of Object.entries(entries)) console.log(`${name}\t${gzipBytes} B gzipped\t${entry}`);

// A binary whose pages weigh more than people were promised is not built.
const faults = overweight({ entries, files });
for (const fault of faults) console.error(fault);
process.exitCode = faults.length ? 1 : 0;
