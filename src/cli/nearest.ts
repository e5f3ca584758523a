/** Guesses what a mistyped word was meant to be. */
import { distance } from "fastest-levenshtein";

/** ` (did you mean demo?)`, or nothing where no candidate is near. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const [nearest] = candidates
    .map((candidate) => ({ candidate, steps: steps(word, candidate) }))
    .filter(({ candidate, steps }) => steps <= Math.ceil(Math.max(word.length, candidate.length) * 0.4))
    .sort((a, b) => a.steps - b.steps);
  return nearest === undefined ? "" : ` (did you mean ${nearest.candidate}?)`;
}

function steps(word: string, candidate: string): number {
  return distance(word.toLowerCase(), candidate.toLowerCase());
}
