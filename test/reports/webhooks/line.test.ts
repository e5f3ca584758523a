/** How deliveries wait, go on and stand aside, by a clock that is passed in. */
import { expect, test } from "vitest";
import { rows } from "../../../src/db/database.ts";
import { enqueueTest } from "../../../src/reports/webhooks/test-delivery.ts";
import { testDatabase } from "../../support/database.ts";
import {
  addSubscriber,
  attempts,
  type Clock,
  DAY,
  deliveries,
  HOUR,
  happens,
  MINUTE,
  pass,
  receiver,
  SECOND,
  T0,
  tick,
  webhookRow,
  webhooks,
} from "./support.ts";

/** A tenant `t`, its endpoint and webhook `t`, and a clock. */
async function scene() {
  const db = await testDatabase();
  const app = await receiver();
  await addSubscriber(db, "t", app.url);
  const clock: Clock = { at: T0 };
  return { db, app, clock, one: webhooks(db, { now: () => clock.at }) };
}

test("an endpoint that is down for an hour gets every event after, in order, once per id", async () => {
  const { db, app, clock, one } = await scene();
  app.behave = () => 503;
  const events: string[] = [];
  for (let minute = 0; minute < 60; minute++) {
    clock.at = T0 + minute * MINUTE;
    events.push(await happens(db, "t", clock.at));
    await tick(one);
  }
  expect(app.taken).toEqual([]);
  app.behave = () => 200;
  await pass(one, clock, 6 * MINUTE);
  expect(app.takenEvents()).toEqual(events);
  expect(new Set(app.taken.map(({ id }) => id)).size).toBe(60);
  expect((await deliveries(db)).map(({ state }) => state)).toEqual(events.map(() => "delivered"));
  expect(await webhookRow(db, "t")).toMatchObject({ failing_since: null, failures: 0, token: null });
});

test("an endpoint that is back is found by the next event, and gets what waited for hours before it", async () => {
  const { db, app, clock, one } = await scene();
  app.behave = () => 503;
  const first = await happens(db, "t", clock.at);
  await pass(one, clock, HOUR);
  app.behave = () => 200;
  const second = await happens(db, "t", clock.at);
  await tick(one);
  expect(app.takenEvents()).toEqual([first, second]);
});

test("a delivery that nobody takes is tried at 0, 5 s, 5 min, 30 min, 2 h, 5 h, 10 h and 10 h, and has failed then", async () => {
  const { db, app, clock, one } = await scene();
  app.behave = () => 500;
  await happens(db, "t", clock.at);
  await tick(one);
  while ((await deliveries(db))[0]!.state === "pending") {
    const [{ next_at } = { next_at: null }] = await deliveries(db);
    clock.at = next_at! - 1;
    expect(await tick(one)).toBe(0);
    clock.at = next_at!;
    expect(await tick(one)).toBe(1);
  }
  const log = await attempts(db);
  const waits = log.map(({ at }, n) => (at - (log[n - 1]?.at ?? T0)) / SECOND);
  expect(waits).toEqual([0, 5, 300, 1_800, 7_200, 18_000, 36_000, 36_000]);
  expect(log.map(({ status, error }) => [status, error])).toEqual(log.map(() => [500, "HTTP 500"]));
  expect(await deliveries(db)).toMatchObject([{ state: "failed", attempts: 8, next_at: null }]);
  await pass(one, clock, 2 * DAY, HOUR);
  expect(app.calls).toHaveLength(8);
});

test("an endpoint that fails once has everything in order", async () => {
  const { db, app, clock, one } = await scene();
  const events: string[] = [];
  for (let n = 0; n < 5; n++) events.push(await happens(db, "t", clock.at));
  app.behave = () => (app.calls.length === 3 ? 503 : 200);
  await tick(one);
  expect(app.takenEvents()).toEqual(events.slice(0, 2));
  clock.at += 5 * SECOND;
  await tick(one);
  expect(app.takenEvents()).toEqual(events);
  expect((await deliveries(db)).map(({ aside }) => aside)).toEqual(events.map(() => 0));
});

test("one bad event stands aside after its second refusal and holds up nobody, retried by its own schedule", async () => {
  const { db, app, clock, one } = await scene();
  const bad = await happens(db, "t", clock.at, "bounce");
  const good = [await happens(db, "t", clock.at), await happens(db, "t", clock.at)];
  app.behave = ({ eventId }) => (eventId === bad ? 500 : 200);
  await tick(one);
  expect(app.takenEvents()).toEqual([]);
  clock.at += 5 * SECOND;
  await tick(one);
  expect(app.takenEvents()).toEqual(good);
  expect(await deliveries(db)).toMatchObject([
    { state: "pending", aside: 1, attempts: 2, next_at: clock.at + 5 * MINUTE },
    {},
    {},
  ]);
  expect(await webhookRow(db, "t")).toMatchObject({ failing_since: null, failures: 0 });
  expect(one.seen).toContainEqual(expect.objectContaining({ kind: "aside", deliveries: 1, reason: "HTTP 500" }));
  for (let n = 0; n < 60; n++) {
    clock.at += MINUTE;
    good.push(await happens(db, "t", clock.at));
    await tick(one);
  }
  expect(app.takenEvents()).toEqual(good);
  expect(app.calls.filter(({ eventId }) => eventId === bad)).toHaveLength(4); // at 0, 5 s, 5 min and 30 min
  app.behave = () => 200;
  await pass(one, clock, 2 * HOUR);
  expect(app.takenEvents()).toEqual([...good, bad]);
});

test("bad events in a row, all of one kind, hold up the others no longer than the first of them", async () => {
  const { db, app, clock, one } = await scene();
  const bad: string[] = [];
  for (let n = 0; n < 6; n++) bad.push(await happens(db, "t", clock.at, "complaint"));
  const good: string[] = [];
  for (let n = 0; n < 6; n++) good.push(await happens(db, "t", clock.at));
  app.behave = ({ eventId }) => (bad.includes(eventId) ? 500 : 200);
  await tick(one);
  clock.at += 5 * SECOND;
  await tick(one);
  expect(new Set(app.takenEvents())).toEqual(new Set(good));
  const rest = await deliveries(db);
  expect(rest.filter(({ state }) => state === "pending").every(({ aside }) => aside === 1)).toBe(true);
  // Those that went ahead of the bad ones are marked; all others came in their order.
  const inLine = rest
    .filter(({ state, aside }) => state === "delivered" && aside === 0)
    .map(({ event }) => String(event));
  expect(app.takenEvents().filter((event) => inLine.includes(event))).toEqual(inLine);
});

test("while an endpoint is down no event is called but the oldest, then the next and the newest too, and every due one counts it", async () => {
  const { db, app, clock, one } = await scene();
  const events: string[] = [];
  for (let n = 0; n < 5; n++) events.push(await happens(db, "t", clock.at));
  app.behave = () => undefined;
  await tick(one);
  expect(app.calls.map(({ eventId }) => eventId)).toEqual([events[0]]);
  expect(await deliveries(db)).toMatchObject(events.map(() => ({ attempts: 1, next_at: T0 + 5 * SECOND, aside: 0 })));
  clock.at += SECOND;
  expect(await tick(one)).toBe(0);
  clock.at += 4 * SECOND;
  await tick(one);
  expect(app.calls.slice(1).map(({ eventId }) => eventId)).toEqual([events[0], events[1], events[4]]);
  expect(await deliveries(db)).toMatchObject(
    events.map(() => ({ attempts: 2, next_at: T0 + 5 * SECOND + 5 * MINUTE })),
  );
  clock.at += MINUTE;
  await happens(db, "t", clock.at);
  await tick(one);
  const [oldest, , , , , newest] = await deliveries(db);
  expect(oldest).toMatchObject({ attempts: 2, next_at: T0 + 5 * SECOND + 5 * MINUTE }); // called early: it keeps its count
  expect(newest).toMatchObject({ attempts: 1 });
  expect((await attempts(db)).filter(({ delivery }) => delivery === oldest!.seq)).toHaveLength(3);
});

test("410 disables the webhook at once, and what happens then is missed", async () => {
  const { db, app, clock, one } = await scene();
  app.behave = () => 410;
  await happens(db, "t", clock.at);
  await tick(one);
  expect(await webhookRow(db, "t")).toMatchObject({
    status: "disabled",
    disabled_reason: expect.stringContaining("410"),
    disabled_at: T0,
  });
  expect(one.seen).toContainEqual(expect.objectContaining({ kind: "disabled" }));
  await happens(db, "t", clock.at);
  await pass(one, clock, DAY, HOUR);
  expect(app.calls).toHaveLength(1);
  expect((await deliveries(db)).map(({ state, next_at }) => [state, next_at])).toEqual([
    ["pending", T0 + 5 * SECOND],
    ["missed", null],
  ]);
});

test("an endpoint that takes nothing for five days is disabled, and says why", async () => {
  const { db, app, clock, one } = await scene();
  app.behave = () => 500;
  for (let hour = 0; hour < 5 * 24; hour++) {
    await happens(db, "t", clock.at);
    await tick(one);
    clock.at += HOUR;
  }
  expect(await webhookRow(db, "t")).toMatchObject({ status: "enabled", failing_since: T0 });
  await happens(db, "t", clock.at);
  await tick(one);
  expect(await webhookRow(db, "t")).toMatchObject({
    status: "disabled",
    disabled_reason: "it has taken nothing for five days: HTTP 500",
    disabled_at: T0 + 5 * DAY,
  });
  const calls = app.calls.length;
  await pass(one, clock, DAY, HOUR);
  expect(app.calls).toHaveLength(calls);
});

test("an endpoint that takes one in between begins its five days anew", async () => {
  const { db, app, clock, one } = await scene();
  for (let hour = 0; hour <= 6 * 24; hour++) {
    app.behave = () => (hour === 72 ? 200 : 500);
    await happens(db, "t", clock.at);
    await tick(one);
    clock.at += HOUR;
  }
  expect(await webhookRow(db, "t")).toMatchObject({ status: "enabled", failing_since: T0 + 73 * HOUR });
});

test("Retry-After keeps new events waiting, no longer than to the next moment of the schedule", async () => {
  const { db, app, clock, one } = await scene();
  app.behave = () => new Response(null, { status: 429, headers: { "retry-after": "3" } });
  await happens(db, "t", clock.at);
  await tick(one);
  clock.at += 2 * SECOND;
  await happens(db, "t", clock.at);
  expect(await tick(one)).toBe(0);
  clock.at += SECOND;
  app.behave = () => new Response(null, { status: 429, headers: { "retry-after": "86400" } });
  expect(await tick(one)).toBe(1);
  expect(app.calls).toHaveLength(3);
  clock.at = T0 + 8 * SECOND;
  expect(await tick(one)).toBe(1); // what was due at 5 s: a day later would be beyond what the schedule has
});

test("a test is called at once while the line waits, and what waited goes on if it is taken", async () => {
  const { db, app, clock, one } = await scene();
  app.behave = () => 500;
  const events = [await happens(db, "t", clock.at), await happens(db, "t", clock.at)];
  await pass(one, clock, 20 * MINUTE);
  const calls = app.calls.length;
  const told = await enqueueTest(db, "t", clock.at);
  await tick(one);
  expect(app.calls.slice(calls).map(({ id }) => id)).toContain(told!.id);
  app.behave = () => 200;
  await enqueueTest(db, "t", clock.at);
  await tick(one);
  expect(app.takenEvents()).toEqual(["test", ...events]);
  clock.at += 5 * SECOND; // of the first test
  await tick(one);
  expect(app.takenEvents()).toEqual(["test", ...events, "test"]);
});

test("a webhook that is disabled or gone is sent no test", async () => {
  const { db } = await scene();
  await rows(db, "update webhooks set status = 'disabled'");
  expect(await enqueueTest(db, "t", T0)).toBeUndefined();
  expect(await enqueueTest(db, "nobody", T0)).toBeUndefined();
  expect(await deliveries(db)).toEqual([]);
});

test("a long line goes in order through many pages in one pass", async () => {
  const { db, app, clock, one } = await scene();
  app.behave = () => 503;
  const events: string[] = [];
  for (let n = 0; n < 150; n++) events.push(await happens(db, "t", clock.at));
  await pass(one, clock, 10 * MINUTE);
  app.behave = () => 200;
  await enqueueTest(db, "t", clock.at); // long before any of them is due
  await tick(one);
  expect(app.takenEvents()).toEqual(["test", ...events]);
});
