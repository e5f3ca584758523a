/** Start of the compiled binary to its first answered request: with nothing there, and with its folder from last time. */
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import type { Bench } from "../bench.ts";
import type { Figure } from "../figure.ts";
import { median } from "../rounds.ts";
import { build, startOnce } from "./binary.ts";

const STARTS = 20;

export async function start(bench: Bench): Promise<Figure[]> {
  const binary = build(bench.folder);
  const first: number[] = [];
  const later: number[] = [];
  for (let n = 0; n < Math.max(Math.round(STARTS * bench.scale), 1); n++) {
    const home = mkdtempSync(join(bench.folder, "home-"));
    first.push(await startOnce(binary, home));
    later.push(await startOnce(binary, home));
  }
  const what = "start of the binary to the first answered request";
  return [figure(`${what}, database to be made`, first), figure(`${what}, database there`, later)];
}

function figure(what: string, waits: readonly number[]): Figure {
  const detail = `${waits.length} starts, the slowest ${Math.max(...waits).toFixed(0)} ms`;
  return { what, baseline: "", goal: { atMost: 150 }, value: median(waits), unit: "ms", detail };
}
