/** Comparisons on a machine that is never quiet: the sides take turns, and medians speak. */
import type { Figure, Goal } from "./figure.ts";

/** One measurement of one side. */
export interface Sample {
  /** Messages a second. */
  rate: number;
  /** CPU time of the measured process, microseconds a message. */
  cpuMicros: number;
}

export type Samples<Side extends string> = Record<Side, Sample[]>;

/** A, B, C, A, B, C...: what disturbs the machine for a while disturbs all of them. */
export async function takeTurns<Side extends string>(
  rounds: number,
  sides: Record<Side, () => Promise<Sample>>,
): Promise<Samples<Side>> {
  const names = Object.keys(sides) as Side[];
  const samples = Object.fromEntries(names.map((name) => [name, [] as Sample[]])) as Samples<Side>;
  for (let round = 0; round < rounds; round++) {
    for (const name of names) samples[name].push(await sides[name]());
  }
  return samples;
}

export interface Comparison {
  what: string;
  baseline: string;
  goal: Goal | undefined;
  ours: readonly Sample[];
  base: readonly Sample[];
}

/** The ratio is the median of the rounds' ratios, since both sides of a round had the same weather. */
export function compare({ what, baseline, goal, ours, base }: Comparison): Figure {
  const ratios = ours.map(({ rate }, round) => rate / (base[round]?.rate ?? Number.NaN));
  return { what, baseline, goal, value: median(ratios), unit: "", detail: `${told(ours)} against ${told(base)}` };
}

function told(samples: readonly Sample[]): string {
  const rate = Math.round(median(samples.map((sample) => sample.rate)));
  const cpu = median(samples.map((sample) => sample.cpuMicros));
  return `${rate.toLocaleString("en")}/s (${cpu.toFixed(0)} µs CPU)`;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The smallest value that at least this share of the values does not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(Math.ceil(share * sorted.length) - 1, 0)] ?? Number.NaN;
}
