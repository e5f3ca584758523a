/** Over how long the overview looks back, and in which steps: as many as a plot on a phone can tell apart. */

export const RANGES = {
  hour: { name: "Last hour", seconds: 3_600, stepSeconds: 60, stepName: "minute" },
  day: { name: "Last day", seconds: 86_400, stepSeconds: 600, stepName: "10 minutes" },
  week: { name: "Last week", seconds: 604_800, stepSeconds: 3_600, stepName: "hour" },
} as const;
export type RangeName = keyof typeof RANGES;
export type Range = (typeof RANGES)[RangeName];

/** As the address says; what it says may be anything. */
export function rangeNamed(given: string | undefined): RangeName {
  return given !== undefined && Object.hasOwn(RANGES, given) ? (given as RangeName) : "hour";
}
