/** When a call is made again: a pure decision, and the wait before it. */

/** A proxy that asks for longer is better asked by the application itself. */
const LONGEST_WAIT_MS = 60_000;
const FIRST_WAIT_MS = 250;
const LONGEST_BACKOFF_MS = 10_000;

/** Milliseconds to wait before the next try; undefined where there is none. `tries` have been made. */
export function nextWait(
  tries: number,
  maxRetries: number,
  retryAfter: string | null,
  random: number,
): number | undefined {
  if (tries > maxRetries) return undefined;
  const asked = retryAfter !== null && /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : undefined;
  if (asked !== undefined) return asked > LONGEST_WAIT_MS ? undefined : asked;
  const backoff = Math.min(FIRST_WAIT_MS * 2 ** (tries - 1), LONGEST_BACKOFF_MS);
  return backoff * (0.5 + random / 2); // many clients of one proxy come back one by one
}

/** Rejects with the signal's reason as soon as it is aborted. */
export function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
