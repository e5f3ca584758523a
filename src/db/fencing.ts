/** Fencing tokens: random, so that no two claims anywhere share one, and whole numbers that JSON and SQLite keep exactly. */

export function fencingToken(): number {
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
  return (high % 2 ** 20) * 2 ** 32 + low + 1;
}
