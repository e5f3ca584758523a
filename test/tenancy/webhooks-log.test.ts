/** The log of a webhook, however long it is: what it answers is in order, and found without reading all of it. */
import { expect, test } from "vitest";
import type { Database } from "../../src/db/database.ts";
import { countDeliveries, type DeliveryState, listDeliveries } from "../../src/tenancy/webhooks-log.ts";
import { REPLAYABLE, replayRange } from "../../src/tenancy/webhooks-replay.ts";
import { testDatabase } from "../support/database.ts";
import { plan, watch } from "../support/statements.ts";

const LOG: DeliveryState[] = ["delivered", "failed", "pending", "missed", "delivered", "failed", "missed", "delivered"];

/** Deliveries 1 to 8 of `w` stand so, and between them as many of another webhook. */
async function withLog(): Promise<Database> {
  const db = await testDatabase();
  const insert = (webhook: string, state: string, n: number) => ({
    sql: `insert into webhook_deliveries (seq, id, webhook, type, payload, state, created_at)
          values (:seq, :id, :webhook, 'email.sent', '{}', :state, :n)`,
    args: { seq: webhook === "w" ? n : 100 + n, id: `${webhook}${n}`, webhook, state, n },
  });
  await db.client.batch(
    LOG.flatMap((state, at) => ["w", "other"].map((webhook) => insert(webhook, state, at + 1))),
    "write",
  );
  return db;
}

const listed = async (db: Database, filter: Omit<Parameters<typeof listDeliveries>[1], "webhook">) => {
  const { deliveries, next } = await listDeliveries(db, { webhook: "w", ...filter });
  return { seqs: deliveries.map(({ seq }) => seq), next };
};

test("a page holds the newest of all the states that are asked for, and leads to the next one", async () => {
  const db = await withLog();
  expect(await listed(db, { limit: 3 })).toEqual({ seqs: [8, 7, 6], next: 6 });
  expect(await listed(db, { limit: 3, before: 6 })).toEqual({ seqs: [5, 4, 3], next: 3 });
  expect(await listed(db, { limit: 3, offset: 6 })).toEqual({ seqs: [2, 1], next: undefined });
  expect(await listed(db, { limit: 3, states: ["failed", "missed", "failed"] })).toEqual({ seqs: [7, 6, 4], next: 4 });
  expect(await listed(db, { limit: 3, states: ["delivered"], after: "w8" })).toEqual({ seqs: [5, 1], next: undefined });
  expect(await countDeliveries(db, { webhook: "w", states: ["delivered", "pending"], since: 2 })).toBe(3);
});

test("a range is replayed in slices, from the oldest on, whatever its states", async () => {
  const db = await withLog();
  const range = { webhook: "w", states: REPLAYABLE, limit: 3 };
  expect(await replayRange(db, range, 9)).toEqual({ replayed: 3, remaining: 4, next: 4 });
  expect(await replayRange(db, { ...range, beyond: 4 }, 9)).toEqual({ replayed: 3, remaining: 1, next: 7 });
  expect((await listed(db, { limit: 10, states: ["pending"] })).seqs).toEqual([7, 6, 5, 4, 3, 2, 1]);
});

test("what is asked for by its state is read off the index, newest or oldest first, and nothing else is read", async () => {
  const { db, statements } = watch(await withLog());
  await listDeliveries(db, { webhook: "w", states: ["failed"], limit: 1 });
  await countDeliveries(db, { webhook: "w", states: ["failed"] });
  await replayRange(db, { webhook: "w", states: ["failed"], limit: 1 }, 9);
  const looking = statements.filter(({ sql }) => sql.includes("d.state"));
  expect(looking).toHaveLength(5);
  for (const statement of looking) {
    const steps = await plan(db, statement);
    expect(steps).toContainEqual(
      expect.stringMatching(/^SEARCH d USING COVERING INDEX webhook_deliveries_state \(webhook=\? AND state=\?/),
    );
    expect(steps.filter((step) => /^SCAN (d|webhook_deliveries)\b/.test(step))).toEqual([]);
  }
});
