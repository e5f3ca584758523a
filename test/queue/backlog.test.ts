import fc from "fast-check";
import { expect, test } from "vitest";
import { type Database, rows } from "../../src/db/database.ts";
import { countLive } from "../../src/queue/backlog.ts";
import { cancelMessage } from "../../src/queue/cancel.ts";
import { claim } from "../../src/queue/claim.ts";
import { enqueue } from "../../src/queue/enqueue.ts";
import { rejectHead } from "../../src/queue/holdback.ts";
import type { Claimed, NewMessage } from "../../src/queue/message.ts";
import { failWaiting, removeMessages } from "../../src/queue/remove.ts";
import { rescheduleMessage } from "../../src/queue/reschedule.ts";
import { retryMessage } from "../../src/queue/retry.ts";
import { settle } from "../../src/queue/settle.ts";
import { activate, suspend } from "../../src/queue/suspend.ts";
import { testDatabase } from "../support/database.ts";
import { addAccount, addTenant, LEASE_MS, newMessage, RETENTION_MS, sent, T0, wakeDue } from "../support/queue.ts";

const COUNTED = `
  select tenant_id, case state when 'ready' then 'active' when 'sending' then 'active' else state end as kind, count(*) as count
  from messages where state in ('scheduled', 'ready', 'held', 'sending') group by 1, 2 order by 1, 2`;
const KEPT = "select tenant_id, kind, count from backlog where count <> 0 order by 1, 2";

const TENANTS = ["acme", "zeta"] as const;

/** A queue that random steps are taken on; `past` are groups that were enqueued, `held` what is or was under lease. */
interface World {
  db: Database;
  accounts: Record<(typeof TENANTS)[number], number>;
  now: number;
  past: NewMessage[][];
  held: Claimed[];
}

type Step = (world: World) => Promise<unknown>;
const tenant = fc.constantFrom(...TENANTS);
const batchCode = fc.constantFrom(null, "news", "bills");

const message = fc.record({
  tenantId: tenant,
  id: fc.constantFrom("a", "b", "c", "d", "e", "f", "g", "h"),
  later: fc.boolean(),
  batchCode,
  brief: fc.boolean(),
});

const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.array(message, { minLength: 1, maxLength: 6 }).map(
    (list): Step =>
      (world) => {
        const group = list.map(({ tenantId, id, later, batchCode, brief }) => {
          const dueAt = world.now + (later ? 60_000 : 0);
          const expiresAt = dueAt + (brief ? 30_000 : 86_400_000);
          return newMessage(world.accounts[tenantId], id, { tenantId, batchCode, dueAt, expiresAt });
        });
        world.past.push(group);
        return enqueue(world.db, group, world.now);
      },
  ),
  // The answer was lost, and the same batch comes again.
  fc.nat().map(
    (n): Step =>
      async (world) => {
        const group = world.past[n % Math.max(world.past.length, 1)];
        if (group !== undefined) await enqueue(world.db, group, world.now);
      },
  ),
  fc.tuple(tenant, fc.integer({ min: 1, max: 4 })).map(
    ([tenantId, want]): Step =>
      async (world) => {
        const { claimed } = await claim(
          world.db,
          [{ accountKey: world.accounts[tenantId], want }],
          world.now,
          LEASE_MS,
        );
        world.held.push(...claimed);
      },
  ),
  // Also of leases that are over, and twice.
  fc.tuple(fc.constantFrom("sent", "error", "scheduled", "ready"), fc.nat(3)).map(
    ([state, keep]): Step =>
      (world) => {
        const group = world.held.map((one) =>
          sent(one, { state, dueAt: state === "scheduled" ? world.now + 60_000 : null }),
        );
        world.held = world.held.slice(0, keep);
        return settle(world.db, group, world.now, RETENTION_MS);
      },
  ),
  fc.integer({ min: 1, max: 200_000 }).map(
    (ms): Step =>
      (world) => {
        world.now += ms;
        return wakeDue(world.db, world.now, 5);
      },
  ),
  fc.tuple(tenant, fc.constantFrom("*", "news")).map(
    ([id, code]): Step =>
      ({ db, now }) =>
        suspend(db, id, code, now),
  ),
  fc.tuple(tenant, fc.constantFrom("*", "news")).map(
    ([id, code]): Step =>
      ({ db }) =>
        activate(db, id, code),
  ),
  tenant.map(
    (id): Step =>
      ({ db, accounts, now }) =>
        rejectHead(db, accounts[id], now, 2, RETENTION_MS),
  ),
  tenant.map(
    (id): Step =>
      ({ db, accounts, now }) =>
        failWaiting(db, accounts[id], "gone", now, RETENTION_MS),
  ),
  tenant.map(
    (id): Step =>
      ({ db }) =>
        removeMessages(db, ["a", "c", "e"], id, TENANTS),
  ),
  // One message by hand, in whatever state it is, at a moment of its own.
  fc.tuple(fc.constantFrom("retry", "cancel", "later", "now"), fc.nat()).map(
    ([verb, n]): Step =>
      async (world) => {
        world.now += 1;
        const { db, now } = world;
        const seqs = await rows<{ seq: number }>(db, "select seq from messages order by seq");
        const { seq } = seqs[n % Math.max(seqs.length, 1)] ?? { seq: 0 };
        if (verb === "retry") await retryMessage(db, { seq, now, expiryMs: 86_400_000 });
        else if (verb === "cancel") await cancelMessage(db, { seq, now, retentionMs: RETENTION_MS });
        else
          await rescheduleMessage(db, { seq, dueAt: verb === "now" ? now : now + 60_000, now, expiryMs: 86_400_000 });
      },
  ),
);

test("what is kept of the backlog is what counting would find, after every step", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { minLength: 5, maxLength: 40 }), async (list) => {
      const db = await testDatabase();
      for (const id of TENANTS) await addTenant(db, id);
      const [acme, zeta] = [await addAccount(db, "acme"), await addAccount(db, "zeta")];
      const world: World = { db, accounts: { acme, zeta }, now: T0, past: [], held: [] };
      for (const step of list) {
        await step(world);
        expect(await rows(db, KEPT)).toEqual(await rows(db, COUNTED));
      }
      db.client.close();
    }),
    { numRuns: 60 },
  );
}, 60_000);

test("the figures tell what is ready from what is being sent, of one tenant or of all", async () => {
  const db = await testDatabase();
  for (const id of TENANTS) await addTenant(db, id);
  const [acme, zeta] = [await addAccount(db, "acme"), await addAccount(db, "zeta")];
  const own = ["a", "b", "c"].map((id) => newMessage(acme, id));
  await enqueue(db, [...own, newMessage(zeta, "a", { tenantId: "zeta", dueAt: T0 + 1 })], T0);
  await claim(db, [{ accountKey: acme, want: 1 }], T0, LEASE_MS);
  expect(await countLive(db)).toEqual({ scheduled: 1, ready: 2, held: 0, sending: 1 });
  expect(await countLive(db, "acme")).toEqual({ scheduled: 0, ready: 2, held: 0, sending: 1 });
  expect(await countLive(db, "zeta")).toEqual({ scheduled: 1, ready: 0, held: 0, sending: 0 });
});
