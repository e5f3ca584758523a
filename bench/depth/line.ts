/** Claim and settle with a million messages queued against ten thousand: the length of the queue must not matter. */
import type { Bench } from "../bench.ts";
import type { Figure } from "../figure.ts";
import { compare, type Samples } from "../rounds.ts";

const LONG = 1_000_000;
const SHORT = 10_000;
/** Groups of claims in one measurement: they touch a good part of the short queue. */
const GROUPS = 100;

export async function depth(bench: Bench): Promise<Figure[]> {
  const queue = bench.startMeasured("./depth/queue.ts", {
    "short-database": bench.database(),
    "long-database": bench.database(),
    short: bench.count(SHORT),
    long: bench.count(LONG),
    groups: Math.max(Math.round(GROUPS * bench.scale), 1),
    rounds: bench.rounds,
  });
  const { short, long } = await queue.news<Samples<"short" | "long">>();
  const what = "claim and settle with 1,000,000 queued";
  return [compare({ what, baseline: "the same with 10,000", goal: { atLeast: 0.9 }, ours: long, base: short })];
}
