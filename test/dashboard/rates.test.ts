/** What is plotted of a step that is not over: neither a collapse that is none, nor a rush that is none. */
import { expect, test } from "vitest";
import { ratesOf } from "../../src/dashboard/overview/rates.ts";

const CASES: [what: string, counts: number[], stepSeconds: number, elapsed: number, last: number][] = [
  ["what goes on evenly stays level", [600, 600, 50], 60, 5, 600],
  ["what comes in bursts is not taken for more than before", [600, 600, 300], 60, 5, 600],
  ["what slows down is seen to", [600, 600, 100], 60, 30, 200],
  ["what has stopped is seen to", [600, 600, 0], 60, 30, 0],
  ["the first ones are as many as there were", [0, 0, 3], 60, 2, 3],
  ["a step that is over counts as it is", [600, 600, 100], 60, 60, 100],
  ["a step that lies behind counts as it is", [600, 600, 100], 60, 4_000, 100],
  ["a step that has only begun is not divided by nothing", [600, 600, 10], 60, 0, 600],
  ["longer steps are an average of each minute", [6_000, 6_000, 100], 600, 60, 100],
];

test.each(CASES)("of the last step: %s", (_, counts, stepSeconds, elapsed, last) => {
  expect(ratesOf(counts, stepSeconds, elapsed).at(-1)).toBe(last);
});

test("steps that are over are an average of each minute", () => {
  expect(ratesOf([60, 120, 0], 120, 120)).toEqual([30, 60, 0]);
  expect(ratesOf([], 60, 0)).toEqual([]);
});
