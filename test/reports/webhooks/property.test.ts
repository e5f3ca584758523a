/** Whatever an endpoint does and whatever happens meanwhile: each event is delivered once, or has failed after eight attempts. */
import { array, assert, asyncProperty, constantFrom, oneof, record } from "fast-check";
import { expect, test } from "vitest";
import { rows } from "../../../src/db/database.ts";
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
  webhooks,
} from "./support.ts";

const step = oneof(
  record({ kind: constantFrom("event" as const), type: constantFrom("sent", "bounce", "error") }),
  record({
    kind: constantFrom("wait" as const),
    ms: constantFrom(0, SECOND, 10 * SECOND, MINUTE, 10 * MINUTE, 3 * HOUR),
  }),
  record({ kind: constantFrom("mood" as const), mood: constantFrom("up", "down", "no bounces", "every other") }),
);

test("each event is delivered once, or has failed after eight attempts, in order but for those set aside", async () => {
  const db = await testDatabase();
  const app = await receiver();
  await addSubscriber(db, "t", app.url);
  const clock: Clock = { at: T0 };
  const one = webhooks(db, { now: () => clock.at });
  const bounces = new Set<string>();

  const keepsIts = asyncProperty(array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
    await rows(db, "delete from webhook_attempts");
    await rows(db, "delete from webhook_deliveries");
    app.taken.length = 0;
    let mood = "up";
    let calls = 0;
    app.behave = ({ eventId }) => {
      calls += 1;
      const isRefused =
        mood === "down" ||
        (mood === "no bounces" && bounces.has(eventId)) ||
        (mood === "every other" && calls % 2 === 0);
      return isRefused ? 500 : 200;
    };
    const events: string[] = [];
    for (const done of steps) {
      if (done.kind === "wait") clock.at += done.ms;
      if (done.kind === "mood") mood = done.mood;
      if (done.kind === "event") {
        const id = await happens(db, "t", clock.at, done.type);
        events.push(id);
        if (done.type === "bounce") bounces.add(id);
      }
      await tick(one);
    }
    mood = mood === "down" ? "down" : "up";
    await pass(one, clock, 2 * DAY, 30 * MINUTE);

    const after = await deliveries(db);
    const taken = app.takenEvents();
    expect(after.map(({ event }) => String(event))).toEqual(events);
    expect(new Set(taken).size).toBe(taken.length);
    const delivered = after.filter(({ state }) => state === "delivered");
    expect(new Set(taken)).toEqual(new Set(delivered.map(({ event }) => String(event))));
    for (const { state, attempts: tries } of after)
      expect(state === "delivered" || (state === "failed" && tries === 8)).toBe(true);
    const inLine = new Set(delivered.filter(({ aside }) => aside === 0).map(({ event }) => String(event)));
    expect(taken.filter((event) => inLine.has(event))).toEqual(events.filter((event) => inLine.has(event)));
    const log = await attempts(db);
    expect(log.filter(({ status }) => status === 200)).toHaveLength(taken.length);
    await rows(db, "update webhooks set status = 'enabled', failing_since = null, failures = 0, lease_until = null");
  });
  await assert(keepsIts, { numRuns: 12 });
}, 120_000);
