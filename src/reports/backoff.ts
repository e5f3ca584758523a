/** When to try again what failed: pure, so that every case is a line in a table. */

const FIRST_MS = 5_000;
const LONGEST_MS = 15 * 60_000;
/** How much of a delay chance may add, so that tenants behind one dead host do not come back in step. */
const JITTER = 0.2;
/** An endpoint that asks for a year is asked again tomorrow: a slip of theirs must not silence its tenant for good. */
const LONGEST_RETRY_AFTER_MS = 24 * 3_600_000;

/** The wait after the n-th failure in a row (from 1): 5 s, doubling to 15 min. */
export function delayMs(failures: number): number {
  return Math.min(FIRST_MS * 2 ** (failures - 1), LONGEST_MS);
}

/**
 * When an endpoint that failed is called again, Unix milliseconds. `random` is from 0 to below 1; `retryAfterMs` is what
 * the endpoint asked for and is never undercut (RFC 9110 10.2.3).
 */
export function retryAt(failures: number, retryAfterMs: number | undefined, now: number, random: number): number {
  const delay = Math.min(delayMs(failures) * (1 + JITTER * random), LONGEST_MS);
  return now + Math.ceil(Math.max(delay, Math.min(retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS)));
}

/** Milliseconds asked for by a Retry-After header: seconds or an HTTP date (RFC 9110 10.2.3); undefined if it is neither. */
export function readRetryAfter(header: string | null, now: number): number | undefined {
  const text = header?.trim() ?? "";
  if (/^\d+$/.test(text)) return Number(text) * 1_000;
  const at = /^[A-Za-z]{3,9},? /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
