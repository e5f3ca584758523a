/**
 * How many messages to have in line for an account: a pure function. A line that ran out while the next messages were being
 * claimed was too short for its server and for the way to the database; a line that did not may be a little shorter.
 */

/** More would only make what is urgent wait behind what is claimed already. */
export const DEEPEST = 800;

const SHRINK = 0.95;

/** `least`: what is claimed for an account at a time anyhow. */
export function nextDepth(depth: number, ranOut: boolean, least: number): number {
  if (ranOut) return Math.max(least, Math.min(2 * depth, DEEPEST));
  return Math.max(least, Math.floor(depth * SHRINK));
}
