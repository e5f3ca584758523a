/** Numbers as people read them: right for one, for many, and where nobody has counted further. */
import { expect, test } from "vitest";
import { counted, secondsText, waitingText } from "../../src/dashboard/parts/numbers.ts";

test.each([
  [0, "0 messages"],
  [1, "1 message"],
  [12_345, "12,345 messages"],
])("%i of them", (count, words) => {
  expect(counted(count, "message")).toBe(words);
});

test.each([
  [0, "0"],
  [999, "999"],
  [1_000, "1,000 or more"],
  [12_345, "12,345"],
])("%i that wait, of which the API counts a thousand", (count, words) => {
  expect(waitingText(count)).toBe(words);
});

test.each([
  [null, "–"],
  [0.0421, "42 ms"],
  [1.25, "1.3 s"],
  [3_700, "1 hour 1 minute"],
])("%s seconds that something took", (seconds, words) => {
  expect(secondsText(seconds)).toBe(words);
});
