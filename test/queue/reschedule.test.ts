/** Another moment for a message that waits, in every state that it can be in. */
import { expect, test } from "vitest";
import { type Database, rows } from "../../src/db/database.ts";
import { cancelMessage } from "../../src/queue/cancel.ts";
import { claim } from "../../src/queue/claim.ts";
import { enqueue } from "../../src/queue/enqueue.ts";
import { deferHead } from "../../src/queue/holdback.ts";
import type { NewMessage } from "../../src/queue/message.ts";
import { rescheduleMessage } from "../../src/queue/reschedule.ts";
import { settle } from "../../src/queue/settle.ts";
import { activate, suspend } from "../../src/queue/suspend.ts";
import { timeline } from "../../src/queue/timeline.ts";
import { openTestDatabase, temporaryFolder, testDatabase } from "../support/database.ts";
import { addAccount, addTenant, LEASE_MS, newMessage, RETENTION_MS, sent, T0, wakeDue } from "../support/queue.ts";

const EXPIRY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

interface World {
  db: Database;
  account: number;
}

/** An account with one message `m`, whose number is 1. */
async function withMessage(over: Partial<NewMessage> = {}, folder = temporaryFolder()): Promise<World> {
  const db = await testDatabase(folder);
  await addTenant(db);
  const account = await addAccount(db);
  await enqueue(db, [newMessage(account, "m", over)], T0);
  return { db, account };
}

const reschedule = ({ db }: World, dueAt: number, now = T0 + 1_000) =>
  rescheduleMessage(db, { seq: 1, dueAt, now, expiryMs: EXPIRY_MS });
const take = ({ db, account }: World, now: number) => claim(db, [{ accountKey: account, want: 1 }], now, LEASE_MS);

async function row({ db }: World) {
  const [found] = await rows<Record<string, unknown>>(db, "select * from messages where seq = 1");
  return found!;
}

const later = { dueAt: T0 + HOUR_MS, expiresAt: T0 + HOUR_MS + EXPIRY_MS };

test("a later moment is when it goes, and not before", async () => {
  const world = await withMessage(later);
  const dueAt = T0 + 2 * HOUR_MS;
  expect(await reschedule(world, dueAt)).toBeUndefined();
  expect(await row(world)).toMatchObject({ state: "scheduled", deferred_at: dueAt, wake_at: dueAt });
  await wakeDue(world.db, T0 + HOUR_MS, 10);
  expect((await take(world, T0 + HOUR_MS)).claimed).toEqual([]);
  await wakeDue(world.db, dueAt, 10);
  expect((await take(world, dueAt)).claimed).toHaveLength(1);
});

test("a moment that is over means now, and what was ready may wait again", async () => {
  const world = await withMessage(later);
  expect(await reschedule(world, T0 - HOUR_MS)).toBeUndefined();
  expect(await row(world)).toMatchObject({ state: "ready" });
  expect(await reschedule(world, T0 + HOUR_MS, T0 + 2_000)).toBeUndefined();
  expect(await row(world)).toMatchObject({ state: "scheduled" });
  expect((await take(world, T0 + 3_000)).claimed).toEqual([]);
  const told = await timeline(world.db, 1);
  expect(told).toMatchObject([
    { event: "rescheduled", deferred_ts: (T0 - HOUR_MS) / 1000, reported_ts: null },
    { event: "rescheduled", deferred_ts: (T0 + HOUR_MS) / 1000 },
  ]);
  expect(await rows(world.db, "select id from events where report_at is not null")).toEqual([]);
});

test("in a suspended batch now means as soon as that goes on", async () => {
  const world = await withMessage({ ...later, batchCode: "news" });
  await suspend(world.db, "acme", "news", T0);
  await reschedule(world, T0);
  expect(await row(world)).toMatchObject({ state: "held" });
  await activate(world.db, "acme", "news");
  expect((await take(world, T0 + 2_000)).claimed).toHaveLength(1);
});

test("its end moves along where it was counted from when it was due", async () => {
  const scheduled = await withMessage(later);
  await reschedule(scheduled, T0 + 100 * HOUR_MS);
  expect(await row(scheduled)).toMatchObject({ expires_at: T0 + 100 * HOUR_MS + EXPIRY_MS });
  await reschedule(scheduled, T0 + HOUR_MS, T0 + 2_000);
  expect(await row(scheduled)).toMatchObject({ expires_at: T0 + HOUR_MS + EXPIRY_MS });
  const atOnce = await withMessage({ expiresAt: T0 - 40 + EXPIRY_MS }); // stored a little after it was admitted
  await reschedule(atOnce, T0 + HOUR_MS);
  expect(await row(atOnce)).toMatchObject({ expires_at: T0 + HOUR_MS + EXPIRY_MS });
});

test("an end that its application has named stays, unless it would never go", async () => {
  const world = await withMessage({ dueAt: T0 + HOUR_MS, expiresAt: T0 + 3 * HOUR_MS });
  await reschedule(world, T0 + 2 * HOUR_MS);
  expect(await row(world)).toMatchObject({ expires_at: T0 + 3 * HOUR_MS, wake_at: T0 + 2 * HOUR_MS });
  await reschedule(world, T0 + 5 * HOUR_MS, T0 + 2_000);
  expect(await row(world)).toMatchObject({ expires_at: T0 + 5 * HOUR_MS + EXPIRY_MS, wake_at: T0 + 5 * HOUR_MS });
});

test("one that was put off keeps its attempts, and one that a limit holds back is told anew", async () => {
  const world = await withMessage();
  const { claimed } = await take(world, T0);
  const putOff = claimed.map((one) => sent(one, { state: "scheduled", dueAt: T0 + HOUR_MS, event: null }));
  await settle(world.db, putOff, T0, RETENTION_MS);
  await reschedule(world, T0 + 1_000);
  expect(await row(world)).toMatchObject({ state: "ready", attempts: 1 });
  await deferHead(world.db, world.account, T0 + HOUR_MS, T0 + 1_000, 5);
  expect(await row(world)).toMatchObject({ rate_limited: 1 });
  await reschedule(world, T0 + HOUR_MS, T0 + 2_000);
  expect(await row(world)).toMatchObject({ state: "scheduled", rate_limited: 0 });
});

test("what does not wait stays as it is, and why is said", async () => {
  const sending = await withMessage();
  const { claimed } = await take(sending, T0);
  expect(await reschedule(sending, T0 + HOUR_MS)).toBe("it is being sent");
  const settled = await settle(
    sending.db,
    claimed.map((one) => sent(one)),
    T0,
    RETENTION_MS,
  );
  expect(settled).toEqual([]); // the lease was not touched
  const before = await row(sending);
  expect(await reschedule(sending, T0 + HOUR_MS)).toBe("it was sent");
  expect(await row(sending)).toEqual(before);
  const canceled = await withMessage();
  await cancelMessage(canceled.db, { seq: 1, now: T0, retentionMs: RETENTION_MS });
  expect(await reschedule(canceled, T0 + HOUR_MS)).toBe("it was canceled");
  await rows(canceled.db, "update messages set state = 'error'");
  expect(await reschedule(canceled, T0 + HOUR_MS)).toBe("it has failed");
  await rows(canceled.db, "delete from messages");
  expect(await reschedule(canceled, T0 + HOUR_MS)).toBe("it is gone");
});

test("a claim and another moment at once: either it goes, or it waits, and the caller knows which", async () => {
  const folder = temporaryFolder();
  const world = await withMessage({}, folder);
  const other = await openTestDatabase(folder);
  for (let n = 1; n <= 20; n++) {
    const now = T0 + n * 10_000;
    const [{ claimed }, refused] = await Promise.all([
      claim(other, [{ accountKey: world.account, want: 1 }], now, LEASE_MS),
      reschedule(world, now + HOUR_MS, now),
    ]);
    expect([claimed.length, refused]).toEqual(claimed.length === 1 ? [1, "it is being sent"] : [0, undefined]);
    if (claimed.length === 1) {
      const back = claimed.map((one) => sent(one, { state: "ready", event: null, counts: false }));
      await settle(other, back, now, RETENTION_MS);
    } else await reschedule(world, now, now + 1);
  }
});

test("two moments at once: both are asked for, and the later word counts", async () => {
  const world = await withMessage(later);
  const now = T0 + 1_000;
  await reschedule(world, T0 + 2 * HOUR_MS, now);
  await reschedule(world, T0 + 3 * HOUR_MS, now);
  expect(await row(world)).toMatchObject({ deferred_at: T0 + 3 * HOUR_MS });
  await reschedule(world, T0 + 2 * HOUR_MS, now); // the first again, as after an answer that was lost
  expect(await row(world)).toMatchObject({ deferred_at: T0 + 3 * HOUR_MS });
});
