/** When a delivery is tried, and how long an endpoint that failed is left alone: pure, so that every case is a line in a table. */

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** The wait before each attempt, counted from the one before it. After the last one a delivery has failed. */
export const DELAYS_MS = [
  0,
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  10 * HOUR_MS,
] as const;

/** An endpoint that takes nothing for so long is disabled. */
export const PATIENCE_MS = 5 * 24 * HOUR_MS;

const LONGEST_REST_MS = 30 * SECOND_MS;

/** When a delivery that was tried so often, at `now` for the last time, is tried again; undefined: it has failed. */
export function nextAttemptAt(attempts: number, now: number): number | undefined {
  const delay = DELAYS_MS[attempts];
  return delay === undefined ? undefined : now + delay;
}

/** How long no event, however new, brings a call about after so many that failed in a row: 1 s, doubling to 30 s. */
export function restMs(failures: number): number {
  return Math.min(SECOND_MS * 2 ** (failures - 1), LONGEST_REST_MS);
}
