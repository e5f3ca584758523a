import fc from "fast-check";
import { expect, test } from "vitest";
import { type Database, rows } from "../../src/db/database.ts";
import { claim } from "../../src/queue/claim.ts";
import { enqueue } from "../../src/queue/enqueue.ts";
import { deferHead, rejectHead } from "../../src/queue/holdback.ts";
import { look } from "../../src/queue/look.ts";
import type { Claimed } from "../../src/queue/message.ts";
import { failWaiting } from "../../src/queue/remove.ts";
import { settle } from "../../src/queue/settle.ts";
import { testDatabase } from "../support/database.ts";
import { addAccount, addTenant, LEASE_MS, newMessage, RETENTION_MS, sent, T0 } from "../support/queue.ts";

async function limited(
  fields: Record<string, number | string>,
  messages = 40,
): Promise<{ db: Database; account: number }> {
  const db = await testDatabase();
  await addTenant(db);
  const account = await addAccount(db, "acme", fields);
  await enqueue(
    db,
    Array.from({ length: messages }, (_, n) => newMessage(account, `m${n}`)),
    T0,
  );
  return { db, account };
}

const take = async (db: Database, accountKey: number, now: number, want = 100) =>
  (await claim(db, [{ accountKey, want }], now, LEASE_MS)).claimed;

test("a claim takes no more than each window allows", async () => {
  const { db, account } = await limited({ limit_per_minute: 5, limit_per_hour: 8, limit_per_day: 9 });
  const send = async (now: number) => {
    const claimed = await take(db, account, now);
    await settle(
      db,
      claimed.map((c) => sent(c)),
      now,
      RETENTION_MS,
    );
    return claimed.length;
  };
  expect(await send(T0)).toBe(5);
  expect(await send(T0 + 59_999)).toBe(0);
  expect(await send(T0 + 60_000)).toBe(3);
  expect(await send(T0 + 3_599_999)).toBe(0);
  expect(await send(T0 + 3_600_000)).toBe(1);
  expect(await send(T0 + 86_399_999)).toBe(0);
});

test("what is in flight holds its slot, and what is given back frees it", async () => {
  const { db, account } = await limited({ limit_per_minute: 3 });
  const claimed = await take(db, account, T0, 2);
  expect(await take(db, account, T0 + 50_000)).toHaveLength(1);
  await settle(db, [sent(claimed[0]!, { state: "ready", counts: false, event: null })], T0 + 55_000, RETENTION_MS);
  expect(await take(db, account, T0 + 55_000)).toHaveLength(1);
  // Sent at last, 55 s after its claim: the window counts from then.
  await settle(db, [sent(claimed[1]!)], T0 + 55_000, RETENTION_MS);
  expect(await take(db, account, T0 + 70_000)).toHaveLength(0);
});

test("a tenant's limit holds over all of its accounts", async () => {
  const db = await testDatabase();
  await addTenant(db, "acme", { limit_per_minute: 4 });
  const accounts = [await addAccount(db, "acme", { id: "a" }), await addAccount(db, "acme", { id: "b" })];
  for (const account of accounts) {
    await enqueue(
      db,
      Array.from({ length: 5 }, (_, n) => newMessage(account, `${account}-${n}`)),
      T0,
    );
  }
  const { claimed } = await claim(
    db,
    accounts.map((accountKey) => ({ accountKey, want: 3 })),
    T0,
    LEASE_MS,
  );
  expect(claimed).toHaveLength(4);
});

test("the next slot is named exactly", async () => {
  const { db, account } = await limited({ limit_per_minute: 2 });
  const claimed = await take(db, account, T0);
  await settle(db, [sent(claimed[0]!)], T0 + 1_000, RETENTION_MS);
  await settle(db, [sent(claimed[1]!)], T0 + 2_000, RETENTION_MS);
  expect((await look(db, T0 + 3_000)).candidates[0]).toMatchObject({ slots: 0, nextSlotAt: T0 + 61_000 });
  expect(await take(db, account, T0 + 60_999)).toHaveLength(0);
  expect(await take(db, account, T0 + 61_000)).toHaveLength(1);
});

test("with two windows exhausted the next slot is where both have room", async () => {
  const { db, account } = await limited({ limit_per_minute: 1, limit_per_day: 1 });
  const [only] = await take(db, account, T0);
  await settle(db, [sent(only!)], T0, RETENTION_MS);
  expect((await look(db, T0)).candidates[0]).toMatchObject({ slots: 0, nextSlotAt: T0 + 86_400_000 });
});

test.each(["rejected", "deleted"])(
  "what some recipients have accepted stays sent when the rest of it is %s",
  async (end) => {
    const { db, account } = await limited({ limit_per_minute: 1 }, 0);
    const recipients = ["a", "b"].map((name) => ({ kind: "to" as const, address: `${name}@example.net` }));
    await enqueue(db, [newMessage(account, "m", { recipients })], T0);
    const answered = JSON.stringify([
      ["to", "a@example.net", "sent", 250, null, "ok"],
      ["to", "b@example.net"],
    ]);
    await rows(db, "update messages set recipients = :answered", { answered });
    if (end === "rejected") await rejectHead(db, account, T0, 50, RETENTION_MS);
    else await failWaiting(db, account, "account deleted", T0, RETENTION_MS);
    expect(await rows(db, "select state from messages")).toEqual([{ state: "sent" }]);
    const told = "select r.value->>2 as status from messages, json_each(recipients) r";
    expect(await rows(db, told)).toEqual([{ status: "sent" }, { status: "error" }]);
    expect(await rows(db, "select type from events")).toEqual([{ type: "sent" }]);
  },
);

test("the head of the line is told once that a limit holds it back; the rest of the line is not touched", async () => {
  const { db, account } = await limited({ limit_per_minute: 1 }, 10);
  expect(await deferHead(db, account, T0 + 60_000, T0, 3)).toBe(3);
  expect(await deferHead(db, account, T0 + 60_000, T0, 3)).toBe(0);
  const events = await rows(db, "select type, json_extract(data, '$.deferred_reason') as reason from events");
  expect(events).toEqual(Array(3).fill({ type: "deferred", reason: "rate_limit" }));
  expect(await rows(db, "select name, value from counters order by name")).toEqual([
    { name: "gmp_deferred_total", value: 3 },
    { name: "gmp_rate_limited_total", value: 3 },
  ]);
});

test("an account that rejects gives up the head of the line with an error", async () => {
  const { db, account } = await limited({ limit_per_minute: 1, limit_behavior: "reject" }, 4);
  expect(await rejectHead(db, account, T0, 50, RETENTION_MS)).toBe(4);
  expect(await rows(db, "select distinct state, error from messages")).toEqual([
    { state: "error", error: "rate limit exceeded" },
  ]);
});

test("over every sliding window no more than the limit is sent, however claims and answers fall", async () => {
  const step = fc.record({
    waitMs: fc.integer({ min: 0, max: 30_000 }),
    want: fc.integer({ min: 1, max: 5 }),
    settle: fc.integer({ min: 0, max: 5 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60 }), async (steps) => {
      const limit = 4;
      const { db, account } = await limited({ limit_per_minute: limit }, 300);
      const sends: number[] = [];
      const flying: Claimed[] = [];
      let now = T0;
      for (const { waitMs, want, settle: ending } of steps) {
        now += waitMs;
        flying.push(...(await claim(db, [{ accountKey: account, want }], now, 1e9)).claimed);
        const done = flying.splice(0, ending);
        sends.push(...done.map(() => now)); // the server took it at this moment, at the latest
        if (done.length > 0)
          await settle(
            db,
            done.map((c) => sent(c)),
            now,
            RETENTION_MS,
          );
      }
      for (const start of sends) {
        expect(sends.filter((at) => at >= start && at < start + 60_000).length).toBeLessThanOrEqual(limit);
      }
    }),
    { numRuns: 15 },
  );
});
