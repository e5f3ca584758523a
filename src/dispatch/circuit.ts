/** How long an account pauses after faults of its own: a pure function, 30 s doubling to 15 min. */

const FIRST_MS = 30_000;
const LONGEST_MS = 900_000;
/** Up to a tenth longer, so that accounts which failed together do not come back together. */
const JITTER = 0.1;

/** `faults` in a row before this one; `random` in [0, 1). Answers milliseconds. */
export function pauseMs(faults: number, random: number): number {
  return Math.round(Math.min(FIRST_MS * 2 ** faults, LONGEST_MS) * (1 + JITTER * random));
}
