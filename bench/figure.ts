/** What a benchmark comes to: one row of the table of figures, and how it reads in Markdown. */

export type Goal = { atLeast: number } | { atMost: number };

export interface Figure {
  what: string;
  /** Measured in the same run; empty where the figure stands for itself. */
  baseline: string;
  /** Undefined: told to be understood, not to be reached. */
  goal: Goal | undefined;
  value: number;
  /** Empty for a ratio. */
  unit: "" | "ms";
  /** What the value is made of. */
  detail: string;
}

const HEAD = ["| what | baseline | goal | measured | reached | from |", "|---|---|---|---|---|---|"];

export function table(figures: readonly Figure[]): string {
  return [...HEAD, ...figures.map(row)].join("\n");
}

function row({ what, baseline, goal, value, unit, detail }: Figure): string {
  const rounded = value.toFixed(unit === "ms" ? 1 : 2);
  const reached = goal === undefined ? "" : reaches(goal, Number(rounded)) ? "yes" : "no";
  return `| ${[what, baseline, words(goal, unit), withUnit(rounded, unit), reached, detail].join(" | ")} |`;
}

function reaches(goal: Goal, value: number): boolean {
  return "atLeast" in goal ? value >= goal.atLeast : value <= goal.atMost;
}

function words(goal: Goal | undefined, unit: Figure["unit"]): string {
  if (goal === undefined) return "";
  return "atLeast" in goal ? `at least ${withUnit(goal.atLeast, unit)}` : `at most ${withUnit(goal.atMost, unit)}`;
}

function withUnit(value: number | string, unit: Figure["unit"]): string {
  return unit === "" ? String(value) : `${value} ${unit}`;
}
