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

/** Builds anew; one row for each entry, and one for the largest file that is fetched on demand. */
export function weigh() {
  execFileSync(process.execPath, [path.join(import.meta.dirname, "build.mjs"), folder], { stdio: ["ignore", "ignore", "inherit"] });
  const { entries, files } = JSON.parse(readFileSync(path.join(folder, "manifest.json"), "utf8"));
  const rows = Object.entries(BUDGETS).map(([name, budget]) => row(name, [entries[name].file, ...entries[name].imports], budget));
  const started = new Set(Object.values(entries).flatMap(({ file, imports }) => [file, ...imports]));
  const onDemand = Object.keys(files).filter((name) => !started.has(name)).map((name) => row(name.split(".")[0], [name], CHUNK_BUDGET));
  const largest = onDemand.reduce((one, other) => (other.gzip > one.gzip ? other : one));
  return [...rows, { ...largest, name: `on demand: ${largest.name}` }];
}

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
