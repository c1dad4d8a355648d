// What the browser part may weigh, and what it does. Bytes; a budget is of gzipped ones.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const root = path.resolve(import.meta.dirname, "..");
const folder = path.join(root, "dist");

/** Of an entry, with all that it imports before it runs. */
export const BUDGETS = { loader: 5_000, switcher: 15_000, pages: 25_000, operator: 25_000 };
/** What any one page, section, dialog or language may add. */
export const CHUNK_BUDGET = 15_000;
/** Of the CRM's pages: with the switcher, what each of them fetches by itself. The rest comes at the first sign of interest. */
export const EACH_PAGE = { name: "switcher, all that each page fetches", beside: ["switcher.en", "stops"], budget: 18_500 };

/** Builds anew; one row for each budget, and one for the largest file that is fetched on demand. */
export function weigh() {
  try {
    execFileSync(process.execPath, [path.join(import.meta.dirname, "build.mjs"), folder], { stdio: ["ignore", "ignore", "inherit"] });
  } catch (error) {
    // What is too heavy is weighed nevertheless: the table says by how much.
    if (error.status !== 1) throw error;
  }
  const { entries, files } = JSON.parse(readFileSync(path.join(folder, "manifest.json"), "utf8"));
  const rows = judged({ entries, files }).map(({ name, made, budget }) => row(name, made, budget));
  const started = new Set(Object.values(entries).flatMap(({ file, imports }) => [file, ...imports]));
  const onDemand = Object.keys(files).filter((name) => !started.has(name)).map((name) => row(wordOf(name), [name], CHUNK_BUDGET));
  const largest = onDemand.reduce((one, other) => (other.gzip > one.gzip ? other : one));
  return [...rows, { ...largest, name: `on demand: ${largest.name}` }];
}

/** One sentence for each budget that a manifest breaks. */
export function overweight({ entries, files }) {
  const sum = (made) => made.reduce((total, name) => total + files[name], 0);
  const single = Object.keys(files).map((name) => ({ name: wordOf(name), made: [name], budget: CHUNK_BUDGET }));
  const heavy = [...judged({ entries, files }), ...single].filter(({ made, budget }) => sum(made) > budget);
  return heavy.map(({ name, made, budget }) => `${name}: ${sum(made)} B gzipped, ${sum(made) - budget} B over its budget of ${budget} B (proxy/ui/build/budgets.mjs)`);
}

function judged({ entries, files }) {
  const needs = (name) => [entries[name].file, ...entries[name].imports];
  const beside = EACH_PAGE.beside.map((word) => Object.keys(files).find((name) => wordOf(name) === word));
  const all = { name: EACH_PAGE.name, made: [...needs("switcher"), ...beside], budget: EACH_PAGE.budget };
  return [...Object.entries(BUDGETS).map(([name, budget]) => ({ name, made: needs(name), budget })), all];
}

/** `switcher.en.0123abcd.js`: `switcher.en`. */
const wordOf = (name) => name.replace(/\.[0-9a-f]+\.js$/, "");

function row(name, files, budget) {
  const sizes = files.map((file) => readFileSync(path.join(folder, file)));
  const sum = (of) => sizes.reduce((total, bytes) => total + of(bytes), 0);
  const brotli = (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
  return { name, files: files.length, plain: sum((bytes) => bytes.length), gzip: sum((bytes) => gzipSync(bytes, { level: 9 }).length), brotli: sum(brotli), budget };
}

/** As people read it. */
export function table(rows) {
  const heads = ["", "files", "bytes", "gzip", "brotli", "budget", "of it"];
  const cells = rows.map(({ name, files, plain, gzip, brotli, budget }) => [name, files, plain, gzip, brotli, budget, `${Math.round((gzip / budget) * 100)} %`]);
  const lines = [heads, ...cells].map((line) => line.map((cell) => (typeof cell === "number" ? cell.toLocaleString("en") : cell)));
  const widths = heads.map((_, at) => Math.max(...lines.map((line) => line[at].length)));
  return lines.map((line) => line.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]) : cell.padStart(widths[at]))).join("  ").trimEnd()).join("\n");
}
