/** When a mailbox that could not be read is tried again: pure, so that every case is a line in a table. */

const FIRST_MS = 5_000;
const LONGEST_MS = 15 * 60_000;

/** The wait after the n-th failure in a row (from 1): 5 s, doubling to 15 min. */
export function mailboxDelayMs(failures: number): number {
  return Math.min(FIRST_MS * 2 ** (failures - 1), LONGEST_MS);
}
