/** How soon each page of the dashboard answers with a million messages behind it, and with a hundred. */
import type { Bench } from "../bench.ts";
import type { Figure } from "../figure.ts";
import { median } from "../rounds.ts";
import type { PageTimes } from "./served.ts";

const LONG = 1_000_000;
const SHORT = 100;
/** Of each page, in turns. */
const LOOKS = 20;

export async function pages(bench: Bench): Promise<Figure[]> {
  const served = bench.startMeasured("./pages/served.ts", {
    "short-database": bench.database(),
    "long-database": bench.database(),
    short: SHORT,
    long: bench.count(LONG),
    looks: Math.max(Math.round(LOOKS * bench.scale), 1),
  });
  const times = await served.news<PageTimes>();
  return Object.entries(times).map(([page, { short, long }]) => ({
    what: `the page ${page} with 1,000,000 messages, p50`,
    baseline: "the same with 100",
    goal: { atMost: 200 },
    value: median(long),
    unit: "ms",
    detail: `${(median(long) / median(short)).toFixed(1)} times ${median(short).toFixed(1)} ms; the slowest ${Math.max(...long).toFixed(0)} ms`,
  }));
}
