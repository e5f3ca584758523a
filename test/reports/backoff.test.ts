import { expect, test } from "vitest";
import { delayMs, readRetryAfter, retryAt } from "../../src/reports/backoff.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");

test("waits start at 5 seconds and double up to 15 minutes", () => {
  expect([1, 2, 3, 4, 8, 9, 1_000].map(delayMs)).toEqual([5_000, 10_000, 20_000, 40_000, 640_000, 900_000, 900_000]);
});

test("chance makes a wait longer, never shorter, and never longer than 15 minutes", () => {
  expect(retryAt(1, undefined, NOW, 0)).toBe(NOW + 5_000);
  expect(retryAt(1, undefined, NOW, 0.5)).toBe(NOW + 5_500);
  expect(retryAt(30, undefined, NOW, 0.99)).toBe(NOW + 900_000);
});

test.each([
  ["a longer Retry-After wins", 60_000, 60_000],
  ["a shorter one does not undercut the wait", 1_000, 5_000],
  ["an absurd one is capped at a day", 1e12, 86_400_000],
])("%s", (_, asked, wait) => {
  expect(retryAt(1, asked, NOW, 0) - NOW).toBe(wait);
});

test.each([
  ["120", 120_000],
  [" 0 ", 0],
  ["Thu, 01 Jan 2026 00:01:00 GMT", 60_000],
  ["Wed, 31 Dec 2025 00:00:00 GMT", 0],
  ["soon", undefined],
  ["-5", undefined],
  ["", undefined],
  [null, undefined],
])("Retry-After %j is read as %j ms", (header, expected) => {
  expect(readRetryAfter(header, NOW)).toBe(expected);
});
