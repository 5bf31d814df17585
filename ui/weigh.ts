// Prints what the page weighs, compressed as a browser would fetch it, and fails over the budget.
//
// Budgets (bytes, gzip level 9): script of the first load 60,000; everything in dist 100,000.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { gzipSync } from "node:zlib";

const FIRST_SCRIPT_BUDGET_BYTES = 60_000;
const PAGE_BUDGET_BYTES = 100_000;
const dist = join(import.meta.dirname, "dist");

const files = readdirSync(dist, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => relative(dist, join(entry.parentPath, entry.name)))
  .sort();
const index = readFileSync(join(dist, "index.html"), "utf8");

let firstScriptBytes = 0;
let pageBytes = 0;
for (const file of files) {
  const bytes = gzipSync(readFileSync(join(dist, file)), { level: 9 }).length;
  const isFirstScript = file.endsWith(".js") && index.includes(`/${file}"`);
  pageBytes += bytes;
  if (isFirstScript) firstScriptBytes += bytes;
  console.log(`${String(bytes).padStart(7)}  ${file}${isFirstScript ? "  (first script)" : ""}`);
}

const lines: [string, number, number][] = [
  ["script of the first load", firstScriptBytes, FIRST_SCRIPT_BUDGET_BYTES],
  ["whole page", pageBytes, PAGE_BUDGET_BYTES],
];
for (const [what, bytes, budget] of lines) {
  const isOver = bytes > budget;
  console.log(`${what}: ${bytes} of ${budget} bytes${isOver ? ": OVER THE BUDGET" : ""}`);
  if (isOver) process.exitCode = 1;
}
if (firstScriptBytes === 0) {
  console.error("no script is named in index.html: nothing was weighed");
  process.exitCode = 1;
}
