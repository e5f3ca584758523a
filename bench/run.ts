/**
 * `bun bench/run.ts [line...]`: measures each line of the table of figures, or those named, and prints the table. What the
 * Worker costs (`edge`) and how soon the dashboard answers (`pages`) is measured where it is named.
 *
 * `--scale 0.01` is a run to see that everything works; `--rounds 9` is for a restless machine; `--profile DIR` writes a
 * CPU profile of each process that a line is about.
 */
import { parseArgs } from "node:util";
import { Bench } from "./bench.ts";
import { depth } from "./depth/line.ts";
import { drain } from "./drain/line.ts";
import { edge } from "./edge/line.ts";
import { enqueue } from "./enqueue/line.ts";
import { enqueueBatch } from "./enqueue-batch/line.ts";
import { fairness } from "./fairness/line.ts";
import { type Figure, table } from "./figure.ts";
import { latency } from "./latency/line.ts";
import { machine } from "./machine.ts";
import { memory } from "./memory/line.ts";
import { pages } from "./pages/line.ts";
import { start } from "./start/line.ts";

const LINES: Record<string, (bench: Bench) => Promise<Figure[]>> = {
  enqueue,
  "enqueue-batch": enqueueBatch,
  drain,
  depth,
  memory,
  latency,
  fairness,
  start,
  pages,
  edge,
};

/** Run where they are named: one needs wrangler and sqld, the other fills a database with a million messages first. */
const ON_REQUEST = ["edge", "pages"];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    scale: { type: "string", default: process.env.BENCH_SCALE ?? "1" },
    rounds: { type: "string" },
    profile: { type: "string" },
  },
});
const scale = Number(values.scale);
const rounds = Number(values.rounds ?? (scale < 0.1 ? 1 : 5));
const chosen = Object.entries(LINES).filter(([name]) =>
  positionals.length === 0 ? !ON_REQUEST.includes(name) : positionals.includes(name),
);
if (!(scale > 0) || !(rounds >= 1) || positionals.some((name) => LINES[name] === undefined)) {
  console.error(
    `usage: bun bench/run.ts [--scale 1] [--rounds 5] [--profile DIR] [${Object.keys(LINES).join("|")}]...`,
  );
  process.exit(2);
}

let bench: Bench | undefined;
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => void bench?.close().then(() => process.exit(1)));

/** One line after the other, each with processes and databases of its own. */
async function measure(line: (bench: Bench) => Promise<Figure[]>): Promise<Figure[]> {
  bench = new Bench({ scale, rounds, profile: values.profile });
  try {
    return await line(bench);
  } finally {
    await bench.close();
  }
}

const figures: Figure[] = [];
for (const [name, line] of chosen) {
  console.error(`measuring ${name}`);
  figures.push(...(await measure(line)));
}
console.log(`${machine()}; ${rounds} ${rounds === 1 ? "round" : "rounds"}.`);
if (scale !== 1) console.log(`Scaled to ${scale}: this shows that it runs, not how fast.`);
console.log(`\n${table(figures)}`);
