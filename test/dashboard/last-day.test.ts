/** "The last 24 hours" are the last 24 hours, whatever the time of day. */
import { expect, test } from "vitest";
import { lastDay } from "../../src/dashboard/parts/last-day.tsx";
import { stepsOf } from "../../src/queue/figures.ts";

const DAY_MINUTES = 1_440;

test.each(["2026-03-02T00:00:00Z", "2026-03-02T00:05:30Z", "2026-03-02T12:00:01Z", "2026-03-02T23:59:59Z"])(
  "at %s they are a day long, and ten minutes longer at the most",
  (moment) => {
    const now = Date.parse(moment);
    const { since, until, step } = lastDay(now);
    const steps = stepsOf({ since: since * 1000, until: until * 1000, stepSeconds: step }, now);
    const minutes = steps.count * steps.stepMinutes;
    expect(minutes).toBeGreaterThanOrEqual(DAY_MINUTES);
    expect(minutes).toBeLessThanOrEqual(DAY_MINUTES + 10);
  },
);
