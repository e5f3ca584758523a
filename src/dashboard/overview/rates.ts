/** What the plots draw: how many a minute, step by step, also of the step that is not over. */

/**
 * `elapsedSeconds`: since the last step began. Where it is not over it is drawn as it goes on so far, so that nothing seems to
 * collapse at its beginning; but no higher than the step before it, unless there are more already: a few seconds say little.
 */
export function ratesOf(counts: readonly number[], stepSeconds: number, elapsedSeconds: number): number[] {
  const rates = counts.map((count) => (count * 60) / stepSeconds);
  const last = counts.at(-1);
  if (last === undefined || elapsedSeconds >= stepSeconds) return rates;
  const counted = (last * 60) / stepSeconds;
  const before = rates.at(-2) ?? 0;
  const goingOn = (last * 60) / Math.max(elapsedSeconds, 1);
  return [...rates.slice(0, -1), Math.max(counted, Math.min(goingOn, before))];
}
