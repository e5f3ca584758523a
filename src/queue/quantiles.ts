/** How long most messages waited, out of the buckets that count them. */
import { WAIT_BOUNDS_MS } from "../db/schema.ts";

/**
 * The wait (milliseconds) that the share `q` of all did not exceed, as if those of a bucket lay evenly between its bounds; null
 * where there are none. Beyond the last bound nothing is known but that it was longer: then it is that bound.
 */
export function quantileMs(counts: readonly number[], q: number): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const rank = q * total;
  let below = 0;
  for (const [n, count] of counts.entries()) {
    if (count > 0 && below + count >= rank) {
      const lower = WAIT_BOUNDS_MS[n - 1] ?? 0;
      const upper = WAIT_BOUNDS_MS[n] ?? lower;
      return lower + ((upper - lower) * (rank - below)) / count;
    }
    below += count;
  }
  return WAIT_BOUNDS_MS.at(-1) ?? null;
}
