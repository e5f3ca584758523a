// Writes docs/runtimes.md, the table of what each runtime and database keeps, from a run of the conformance suite.
//   npm run docs:runtimes              runs the suite, which takes a minute or two
//   npm run docs:runtimes -- REPORT    takes what vitest's JSON reporter wrote
// A promise that is broken is no row of a table: the page is then left as it was, and the exit code is 1.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const PAGE = join(root, "docs/runtimes.md");
const TARGETS = ["binary", "node-20", "node-24", "deno", "workerd"];

const INTRODUCTION = `# Runtimes

What is promised to those outside, and where it is kept. Each row is a test over HTTP and SMTP (\`test/runtimes/promises/\`), run
against the compiled binary, against Node 20, Node 24 and Deno with the same bundle, and against the Worker in workerd, as
wrangler runs it; on an embedded file, where there is one, and on a libSQL server (sqld). This page is written from their result by
\`npm run docs:runtimes\`.
`;

/** Runs the suite on every target; answers the path of its report. */
function runSuite(folder) {
  const report = join(folder, "report.json");
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const files = TARGETS.map((name) => `test/runtimes/${name}-`);
  const output = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  spawnSync(process.execPath, [vitest, "run", "--config", "test/vitest.config.ts", ...output, ...files], {
    cwd: root,
    stdio: "inherit",
  });
  return report;
}

/** The results of the suite, in the order of the targets' names. */
function resultsOf(report) {
  const { testResults } = JSON.parse(readFileSync(report, "utf8"));
  return testResults
    .map(({ name, assertionResults }) => ({ place: placeOf(name), assertionResults }))
    .filter(({ place }) => place >= 0)
    .sort((a, b) => a.place - b.place)
    .flatMap(({ assertionResults }) => assertionResults);
}

/** Runtimes in their order, a file before a server. */
function placeOf(path) {
  const [, runtime, database] = /([\w-]+)-(file|sqld)\.test\.ts$/.exec(path) ?? [];
  const place = TARGETS.indexOf(runtime);
  return place < 0 ? place : 2 * place + (database === "sqld" ? 1 : 0);
}

/** Undefined where the promise is broken, or was left out without a reason. */
function cellOf({ status, meta }) {
  if (status === "passed") return meta.verdict ?? "yes";
  return status === "skipped" ? meta.verdict : undefined;
}

/** Markdown tables by chapter: a row for each promise, a column for each target. */
function tables(results) {
  const distinct = (name) => [...new Set(results.map(name))];
  const targetOf = ({ ancestorTitles: [target] }) => target;
  const chapterOf = ({ ancestorTitles: [, chapter] }) => chapter;
  const targets = distinct(targetOf);
  const cells = (promise) => targets.map((target) => cellOf(promise.find((result) => targetOf(result) === target)));
  return distinct(chapterOf).map((chapter) => {
    const found = results.filter((result) => chapterOf(result) === chapter);
    const promises = [...new Set(found.map(({ title }) => title))];
    const rows = promises.map((name) => [name, ...cells(found.filter(({ title }) => title === name))]);
    return `\n## ${chapter}\n\n${table(["", ...targets], rows)}`;
  });
}

function table(head, rows) {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column].length), 3));
  const line = (cells) => `| ${cells.map((cell, column) => cell.padEnd(widths[column])).join(" | ")} |\n`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("");
}

const folder = mkdtempSync(join(tmpdir(), "mail-proxy-runtimes-"));
try {
  const results = resultsOf(process.argv[2] ?? runSuite(folder));
  const broken = results.filter((result) => cellOf(result) === undefined);
  for (const { fullName } of broken) console.error(`broken: ${fullName}`);
  if (broken.length > 0 || results.length === 0) process.exitCode = 1;
  else writeFileSync(PAGE, INTRODUCTION + tables(results).join(""));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
