/** What goes with time, with a message, with a tenant: and what stays. */
import { expect, test } from "vitest";
import { type Database, rows } from "../../../src/db/database.ts";
import { sweepReported } from "../../../src/reports/retention.ts";
import { deleteTenant } from "../../../src/tenancy/removal.ts";
import { testDatabase } from "../../support/database.ts";
import { addSubscriber, attempts, DAY, deliveries, happens, receiver, T0, tick, webhooks } from "./support.ts";

const WEEK = 7 * DAY;

/** Webhook `t` with a delivery that was taken, one that waits, and what else the states say. */
async function scene(states: readonly string[]): Promise<Database> {
  const db = await testDatabase();
  const app = await receiver();
  await addSubscriber(db, "t", app.url);
  for (const state of states) {
    await happens(db, "t", T0);
    await tick(webhooks(db, { now: () => T0 }));
    await rows(db, "update webhook_deliveries set state = ? where seq = (select max(seq) from webhook_deliveries)", [
      state,
    ]);
  }
  return db;
}

const states = async (db: Database) => (await deliveries(db)).map(({ state }) => state);

test("deliveries that came to an end go with their calls after the retention, and what is pending stays", async () => {
  const db = await scene(["delivered", "failed", "missed", "pending"]);
  await sweepReported(db, T0 + WEEK - 1, WEEK, 100);
  expect(await states(db)).toEqual(["delivered", "failed", "missed", "pending"]);
  expect(await sweepReported(db, T0 + WEEK, WEEK, 100)).toMatchObject({ more: false });
  expect(await states(db)).toEqual(["pending"]);
  const [left] = await deliveries(db);
  expect((await attempts(db)).map(({ delivery }) => delivery)).toEqual([left!.seq]);
});

test("they go in batches that are bounded", async () => {
  const db = await scene(["delivered", "delivered", "delivered"]);
  expect(await sweepReported(db, T0 + WEEK, WEEK, 2)).toMatchObject({ more: true });
  expect(await states(db)).toHaveLength(1);
  expect(await sweepReported(db, T0 + WEEK, WEEK, 2)).toMatchObject({ more: false });
  expect(await states(db)).toEqual([]);
});

test("what waits for a webhook that is disabled or gone goes, too", async () => {
  const db = await scene(["pending"]);
  await rows(db, "update webhooks set status = 'disabled'");
  await sweepReported(db, T0 + WEEK, WEEK, 100);
  expect(await states(db)).toEqual([]);
  expect(await attempts(db)).toEqual([]);
});

test("a delivery outlives its message: the body is stored", async () => {
  const db = await testDatabase();
  const app = await receiver();
  app.behave = () => 500;
  await addSubscriber(db, "t", app.url);
  const event = await happens(db, "t", T0);
  await tick(webhooks(db, { now: () => T0 }));
  for (const table of ["messages", "events", "payloads"]) await rows(db, `delete from ${table}`);
  app.behave = () => 200;
  await tick(webhooks(db, { now: () => T0 + DAY }));
  expect(app.takenEvents()).toEqual([event]);
});

test("an event whose message went before it was in any line is nobody's, and holds up nothing", async () => {
  const db = await testDatabase();
  const app = await receiver();
  await addSubscriber(db, "t", app.url);
  await happens(db, "t", T0);
  await rows(db, "delete from messages");
  const next = await happens(db, "t", T0);
  await tick(webhooks(db, { now: () => T0 }));
  expect(app.takenEvents()).toEqual([next]);
});

test("a message whose news no line has yet is not swept, however short the retention", async () => {
  const db = await testDatabase();
  const app = await receiver();
  await addSubscriber(db, "t", app.url);
  const event = await happens(db, "t", T0);
  await rows(db, "update messages set state = 'sent', wake_at = ?", [T0]);
  expect(await sweepReported(db, T0 + 1, 0, 100)).toMatchObject({ removed: 0 });
  await tick(webhooks(db, { now: () => T0 + 1 }));
  expect(app.takenEvents()).toEqual([event]);
  expect(await sweepReported(db, T0 + DAY, 0, 100)).toMatchObject({ removed: 1 });
});

test("a tenant's webhooks, deliveries and calls go with it, and nobody else's", async () => {
  const db = await scene(["delivered", "pending"]);
  const app = await receiver();
  await addSubscriber(db, "other", app.url);
  await happens(db, "other", T0);
  await tick(webhooks(db, { now: () => T0 }));
  await deleteTenant(db, "t", { force: true });
  expect(await rows(db, "select id from webhooks")).toEqual([{ id: "other" }]);
  const [left, ...more] = await deliveries(db);
  expect([left?.webhook, more]).toEqual(["other", []]);
  expect((await attempts(db)).map(({ delivery }) => delivery)).toEqual([left!.seq]);
});
