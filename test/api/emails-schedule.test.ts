/** When an email is to go: what is read as a moment, what is not, and that no text keeps the service busy. */
import { expect, test } from "vitest";
import { scheduledAt } from "../../src/api/emails-schedule.ts";
import { T0 } from "./support.ts";

test.each([
  ["in 1 min", T0 + 60_000],
  [" in  1\tmin ", T0 + 60_000],
  ["Fri, 24 Dec 2027 20:30:00 +0100", Date.parse("2027-12-24T19:30:00Z")],
  ["Friday, December 24th, 2027 at 8:30 PM UTC", Date.parse("2027-12-24T20:30:00Z")],
  ["1800000060", T0 + 60_000],
])("%j is a moment", (given, moment) => {
  expect(scheduledAt(given, T0)).toBe(moment);
});

test.each(["tomorrow or never", "in 9000 years", "3000 years ago", "in 999999999 years", "2027-02-30", ""])(
  "%j is none that a message can wait for",
  (given) => {
    expect(scheduledAt(given, T0)).toBeUndefined();
  },
);

test.each([
  "second   1.5 ".repeat(20).slice(0, 255),
  "tomorrow years   00".repeat(14).slice(0, 255),
  "\t 1 years ".repeat(26).slice(0, 255),
  "1 ".repeat(127),
])("%j is refused in no time", (given) => {
  const began = performance.now();
  expect(scheduledAt(given, T0)).toBeUndefined();
  expect(performance.now() - began).toBeLessThan(250);
});
