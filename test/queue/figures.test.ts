/** Figures over time: every step is there, they add up, and what they say of waits is as true as the buckets allow. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Database, rows } from "../../src/db/database.ts";
import { WAIT_BOUNDS_MS } from "../../src/db/schema.ts";
import { readFigures, stepsOf } from "../../src/queue/figures.ts";
import { quantileMs } from "../../src/queue/quantiles.ts";
import { bucketOf } from "../../src/queue/rollups.ts";
import { testDatabase } from "../support/database.ts";
import { T0 } from "../support/queue.ts";
import { plan, watch } from "../support/statements.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const WEEK_MS = 7 * 24 * HOUR_MS;
const NOW = Math.floor(T0 / HOUR_MS) * HOUR_MS + 30 * MINUTE_MS + 12_345;
const MINUTE = Math.floor(NOW / MINUTE_MS);
const NO_SPAN = { since: undefined, until: undefined, stepSeconds: undefined };
const ALL = { tenantId: undefined, accountId: undefined };

async function put(db: Database, list: readonly [tenantId: string, minute: number, accountId: string, sent: number][]) {
  await rows(
    db,
    `insert into rollups (tenant_id, minute, account_id, sent, wait_3)
      select value->>0, value->>1, value->>2, value->>3, value->>3 from json_each(:list)`,
    { list: JSON.stringify(list) },
  );
}

test("where nothing is said it is the last hour by minute, the one under way included", () => {
  expect(stepsOf(NO_SPAN, NOW)).toEqual({ firstMinute: MINUTE - 59, stepMinutes: 1, count: 60 });
});

test.each([
  ["a step is made whole minutes", { since: NOW - HOUR_MS, until: NOW, stepSeconds: 90 }, 2],
  ["less than a minute is a minute", { since: NOW - HOUR_MS, until: NOW, stepSeconds: 1 }, 1],
  ["a week by minute is more than a plot has points", { since: NOW - WEEK_MS, until: NOW, stepSeconds: 60 }, 6],
])("%s", (_, span, stepMinutes) => {
  expect(stepsOf(span, NOW).stepMinutes).toBe(stepMinutes);
});

test("whatever is asked for, the steps cover it, begin at multiples of their length, and are at most 2,000", () => {
  const moment = fc.integer({ min: 0, max: 253_402_300_799_000 });
  fc.assert(
    fc.property(moment, moment, fc.integer({ min: 1, max: 31_536_000 }), (since, until, stepSeconds) => {
      const { firstMinute, stepMinutes, count } = stepsOf({ since, until, stepSeconds }, NOW);
      expect(count).toBeLessThanOrEqual(2_000);
      expect(firstMinute % stepMinutes).toBe(0);
      expect(stepMinutes * 60).toBeGreaterThanOrEqual(stepSeconds);
      if (until <= since) return;
      expect(firstMinute * MINUTE_MS).toBeLessThanOrEqual(since);
      expect((firstMinute + count * stepMinutes) * MINUTE_MS).toBeGreaterThanOrEqual(until);
    }),
  );
});

test("every step has a point, zeros included, and all of them together are the totals", async () => {
  const db = await testDatabase();
  await put(db, [
    ["", MINUTE - 3, "", 5],
    ["", MINUTE, "", 2],
    ["", MINUTE - 60, "", 100],
  ]);
  const { points, totals } = await readFigures(db, ALL, stepsOf(NO_SPAN, NOW), NOW);
  expect(points).toHaveLength(60);
  expect(points.map(({ sent }) => sent)).toEqual([...Array(56).fill(0), 5, 0, 0, 2]);
  expect(points[0]).toEqual({
    ...{ sent: 0, failed: 0, deferred: 0, rate_limited: 0, bounced: 0, complained: 0 },
    ...{ p50_seconds: null, p99_seconds: null },
  });
  expect(totals).toMatchObject({ sent: 7, failed: 0 });
});

test("minutes of one step are one point", async () => {
  const db = await testDatabase();
  await put(
    db,
    Array.from({ length: 60 }, (_, n) => ["", MINUTE - n, "", 1]),
  );
  const steps = stepsOf({ since: NOW - HOUR_MS, until: undefined, stepSeconds: 600 }, NOW);
  const { points, totals } = await readFigures(db, ALL, steps, NOW);
  expect(points.map(({ sent }) => sent)).toEqual([9, 10, 10, 10, 10, 10, 1]);
  expect(totals.sent).toBe(60);
});

test("all, a tenant and an account are three different things", async () => {
  const db = await testDatabase();
  await put(db, [
    ["", MINUTE, "", 111],
    ["acme", MINUTE, "", 11],
    ["acme", MINUTE, "default", 10],
    ["zeta", MINUTE, "default", 100],
  ]);
  const sent = async (tenantId?: string, accountId?: string) =>
    (await readFigures(db, { tenantId, accountId }, stepsOf(NO_SPAN, NOW), NOW)).totals.sent;
  expect([await sent(), await sent("acme"), await sent("acme", "default"), await sent("acme", "other")]).toEqual([
    ...[111, 11, 10, 0],
  ]);
});

test("the wait that half, or 99 in 100, did not exceed is in the right bucket, whatever the waits", () => {
  const longest = WAIT_BOUNDS_MS.at(-1)!;
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: longest }), { minLength: 1 }),
      fc.constantFrom(0.5, 0.99),
      (waits, q) => {
        const counts = [...WAIT_BOUNDS_MS, 0].map((_, n) => waits.filter((wait) => bucketOf(wait) === n).length);
        const exact = waits.sort((a, b) => a - b)[Math.ceil(q * waits.length) - 1]!;
        const found = quantileMs(counts, q)!;
        expect(found).toBeLessThanOrEqual(WAIT_BOUNDS_MS[bucketOf(exact)]!);
        expect(found).toBeGreaterThanOrEqual(WAIT_BOUNDS_MS[bucketOf(exact) - 1] ?? 0);
      },
    ),
  );
});

test("of nothing there is no wait, and beyond the last bound it is that bound", () => {
  const none = [...WAIT_BOUNDS_MS, 0].map(() => 0);
  expect(quantileMs(none, 0.5)).toBeNull();
  expect(quantileMs([...none.slice(1), 7], 0.5)).toBe(WAIT_BOUNDS_MS.at(-1));
});

test("a week of a tenant is read by a look at each of its own minutes, however many accounts it has", async () => {
  const db = await testDatabase();
  await put(
    db,
    ["", "default", "other"].map((accountId) => ["acme", MINUTE, accountId, 3]),
  );
  const watched = watch(db);
  const steps = stepsOf({ since: NOW - WEEK_MS, until: undefined, stepSeconds: 60 }, NOW);
  const { totals } = await readFigures(watched.db, { tenantId: "acme", accountId: undefined }, steps, NOW);
  expect(totals.sent).toBe(3);
  expect((await plan(db, watched.statements.at(-1)!)).join("\n")).toMatch(
    /SEARCH r USING PRIMARY KEY \(tenant_id=\? AND minute=\? AND account_id=\?\)/,
  );
});

test("who asks for all of time is not answered by looking at all of time", async () => {
  const db = await testDatabase();
  await put(db, [["", MINUTE, "", 3]]);
  const { totals } = await readFigures(
    db,
    ALL,
    stepsOf({ since: 0, until: 253_402_300_799_000, stepSeconds: 60 }, NOW),
    NOW,
  );
  expect(totals.sent).toBe(3);
});
