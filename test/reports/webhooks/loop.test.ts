/** The loop in real time: what wakes it, what it costs, and who waits for whom. */
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { rows } from "../../../src/db/database.ts";
import { openTestDatabase, temporaryFolder, testDatabase } from "../../support/database.ts";
import { watch } from "../../support/statements.ts";
import { addEvents, addTenant } from "../support.ts";
import { addSubscriber, addWebhook, deliveries, happens, receiver, webhookRow, webhooks } from "./support.ts";

const WAIT = { timeout: 20_000 };

test("an event is delivered at once, and one that comes during a call right after it", async () => {
  const db = await testDatabase();
  const app = await receiver();
  await addSubscriber(db, "t", app.url);
  const one = webhooks(db);
  app.behave = async () => {
    if (app.calls.length === 1) {
      await happens(db, "t", Date.now());
      one.wake("t");
      await pause(100); // longer than the gathering, so that the look comes while the call is under way
    }
    return 200;
  };
  one.start();
  await happens(db, "t", Date.now());
  const startedAt = performance.now();
  one.wake("t");
  await expect.poll(() => app.taken.length, WAIT).toBe(2);
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});

test("a retry comes by the clock, without news", async () => {
  const db = await testDatabase();
  const app = await receiver();
  await addSubscriber(db, "t", app.url);
  app.behave = () => (app.calls.length === 1 ? 500 : 200);
  await happens(db, "t", Date.now());
  const one = webhooks(db);
  one.start();
  await expect.poll(() => app.taken.length, WAIT).toBe(1);
  const [first, second] = await rows<{ at: number }>(db, "select at from webhook_attempts order by number");
  expect(second!.at - first!.at).toBeGreaterThanOrEqual(5_000);
});

test("a slow endpoint delays no other, of the same tenant or of another", async () => {
  const db = await testDatabase();
  const [slow, quick, other] = [await receiver(), await receiver(), await receiver()];
  slow.behave = () => new Promise<never>(() => undefined);
  await addSubscriber(db, "t", slow.url);
  await addWebhook(db, "quick", "t", { url: quick.url });
  await addSubscriber(db, "other", other.url);
  const one = webhooks(db);
  one.start();
  await happens(db, "t", Date.now());
  one.wake("t");
  await expect.poll(() => slow.calls.length, WAIT).toBe(1);
  await happens(db, "t", Date.now());
  await happens(db, "other", Date.now());
  const startedAt = performance.now();
  one.wake("t");
  one.wake("other");
  await expect.poll(() => [quick.taken.length, other.taken.length], WAIT).toEqual([2, 1]);
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});

test("without webhooks news costs nothing, and a poll interval one statement", async () => {
  const watched = watch(await testDatabase());
  await addTenant(watched.db, "t", {});
  const one = webhooks(watched.db, { pollIntervalMs: 200 });
  watched.statements.length = 0;
  const startedAt = performance.now();
  one.start();
  for (let n = 0; n < 50; n++) {
    one.wake("t");
    await pause(20);
  }
  await one.stop(0);
  const intervals = Math.ceil((performance.now() - startedAt) / 200);
  expect(watched.statements.length).toBeGreaterThan(0);
  expect(watched.statements.length).toBeLessThanOrEqual(intervals + 1);
});

test("the first webhook of another process is found by the poll, of this process at once", async () => {
  const db = await testDatabase();
  const app = await receiver();
  await addTenant(db, "t", {});
  const [told, polling] = [webhooks(db), webhooks(db, { pollIntervalMs: 50 })];
  told.start();
  await pause(200); // it knows by now that there are none
  await addWebhook(db, "w", "t", { url: app.url });
  told.changed();
  await happens(db, "t", Date.now());
  told.wake("t");
  await expect.poll(() => app.taken.length, WAIT).toBe(1);
  await told.stop(0);
  polling.start();
  await happens(db, "t", Date.now());
  await expect.poll(() => app.taken.length, WAIT).toBe(2);
});

test("two processes on one database deliver each event once and in order, one call at a time", async () => {
  const folder = temporaryFolder();
  const db = await testDatabase(folder);
  const app = await receiver();
  await addSubscriber(db, "t", app.url);
  let open = 0;
  let most = 0;
  app.behave = async () => {
    most = Math.max(most, ++open);
    await pause(2);
    open--;
    return 200;
  };
  const both = [webhooks(db), webhooks(await openTestDatabase(folder))];
  for (const one of both) one.start();
  const events: string[] = [];
  for (let n = 0; n < 100; n++) {
    events.push(await happens(db, "t", Date.now()));
    for (const one of both) one.wake("t");
  }
  await expect.poll(() => app.taken.length, WAIT).toBe(events.length);
  await Promise.all(both.map((one) => one.stop(1_000)));
  expect(app.takenEvents()).toEqual(events);
  expect(most).toBe(1);
});

test("a turn that takes its time writes down on the way what was taken, and keeps its lease", async () => {
  const db = await testDatabase();
  const app = await receiver();
  await addSubscriber(db, "t", app.url);
  for (let n = 0; n < 3; n++) await happens(db, "t", Date.now());
  const seen: { delivered: number; leaseUntil: number }[] = [];
  app.behave = async () => {
    const delivered = (await deliveries(db)).filter(({ state }) => state === "delivered").length;
    seen.push({ delivered, leaseUntil: Number((await webhookRow(db, "t")).lease_until) });
    await pause(300);
    return 200;
  };
  const one = webhooks(db);
  one.start();
  await expect.poll(() => app.taken.length, WAIT).toBe(3);
  expect(seen.map(({ delivered }) => delivered)).toEqual([0, 1, 2]);
  expect(seen[2]!.leaseUntil).toBeGreaterThanOrEqual(seen[0]!.leaseUntil + 500);
});

test("a manual one moves by run-now alone", async () => {
  const db = await testDatabase();
  const app = await receiver();
  await addSubscriber(db, "t", app.url);
  await happens(db, "t", Date.now());
  const one = webhooks(db, { manual: true, pollIntervalMs: 5 });
  one.start();
  one.wake("t");
  one.changed();
  await pause(100);
  expect(app.calls).toEqual([]);
  one.runNow();
  await expect.poll(() => app.taken.length, WAIT).toBe(1);
});

test("a stop waits for the call under way, or gives it back uncounted", async () => {
  const db = await testDatabase();
  const app = await receiver();
  await addSubscriber(db, "t", app.url);
  app.behave = () => new Promise<never>(() => undefined);
  await happens(db, "t", Date.now());
  const one = webhooks(db);
  one.start();
  await expect.poll(() => app.calls.length, WAIT).toBe(1);
  await one.stop(50);
  expect(await deliveries(db)).toMatchObject([{ state: "pending", attempts: 0 }]);
  app.behave = () => 200;
  const next = webhooks(db);
  next.start();
  await expect.poll(() => app.taken.length, WAIT).toBe(1);
  expect(app.taken[0]!.id).toBe(app.calls[0]!.id);
});

test("a stop does not wait until all that has happened is in the lines", async () => {
  const db = await testDatabase();
  await addSubscriber(db, "t", "http://127.0.0.1:1");
  await addEvents(db, "t", 2_000, { at: Date.now() });
  const one = webhooks(db);
  one.start();
  one.runNow();
  await one.stop(0);
  expect((await deliveries(db)).length).toBeLessThan(2_000);
});
