/** Processes that die, databases that lose answers, invocations with few requests: nothing is lost, and an id stays the same. */
import type { InStatement } from "@libsql/client";
import { expect, test } from "vitest";
import { type Database, database, rows } from "../../../src/db/database.ts";
import { migrate } from "../../../src/db/migrate.ts";
import { claim } from "../../../src/reports/webhooks/claim.ts";
import { feed } from "../../../src/reports/webhooks/feed.ts";
import { openDatabase } from "../../../src/runtimes/database.ts";
import { createHttpClient } from "../../../src/runtimes/http-client.ts";
import { openTestDatabase, temporaryFolder, testDatabase } from "../../support/database.ts";
import { startFaultProxy } from "../../support/fault-proxy.ts";
import { startSqld } from "../../support/sqld.ts";
import {
  addSubscriber,
  attempts,
  deliveries,
  happens,
  receiver,
  SECOND,
  T0,
  tick,
  webhookRow,
  webhooks,
} from "./support.ts";

/** The same database, with something around each of its calls. */
function around(db: Database, wrap: <T>(name: "execute" | "batch", call: () => Promise<T>) => Promise<T>): Database {
  const client = new Proxy(db.client, {
    get(target, name) {
      if (name === "execute") return (statement: InStatement) => wrap(name, () => target.execute(statement));
      if (name !== "batch") return Reflect.get(target, name, target);
      return (statements: InStatement[], mode: "write") => wrap(name, () => target.batch(statements, mode));
    },
  });
  return database(client);
}

test("a process that dies between the answer and the mark: after its lease the same id comes again, then the rest in order", async () => {
  const folder = temporaryFolder();
  const db = await testDatabase(folder);
  const app = await receiver();
  await addSubscriber(db, "t", app.url);
  const events = [await happens(db, "t", T0), await happens(db, "t", T0)];
  const clock = { at: T0 };
  const killed = new AbortController();
  const mortal = around(await openTestDatabase(folder), (_, call) => {
    if (app.calls.length === 0) return call();
    if (killed.signal.aborted) return Promise.reject(killed.signal.reason);
    return new Promise((_resolve, reject) =>
      killed.signal.addEventListener("abort", () => reject(killed.signal.reason)),
    );
  });
  const dying = webhooks(mortal, { now: () => clock.at });
  const dead = tick(dying);
  await expect.poll(() => app.taken.length, { timeout: 20_000 }).toBe(2);
  const other = webhooks(db, { now: () => clock.at });
  expect(await tick(other)).toBe(0); // the lease
  clock.at += 20 * SECOND;
  await tick(other);
  expect(app.takenEvents()).toEqual([...events, ...events]);
  expect(new Set(app.taken.map(({ id }) => id)).size).toBe(2);
  expect(await deliveries(db)).toMatchObject(events.map(() => ({ state: "delivered", attempts: 1 })));
  killed.abort();
  await Promise.all([dying.stop(0), dead]);
});

test("a process that lost its lease changes nothing, and stops", async () => {
  const db = await testDatabase();
  const app = await receiver();
  await addSubscriber(db, "t", app.url);
  await happens(db, "t", T0);
  app.behave = async () => {
    await rows(db, "update webhooks set token = 42, lease_until = ?", [T0 + 60 * SECOND]); // another process
    return 200;
  };
  const one = webhooks(db, { now: () => T0 });
  await tick(one);
  expect(one.seen).toEqual([{ kind: "superseded", webhook: "t", tenant: "t" }]);
  expect(await deliveries(db)).toMatchObject([{ state: "pending", attempts: 0 }]);
  expect(await attempts(db)).toEqual([]);
  expect(await webhookRow(db, "t")).toMatchObject({ token: 42, lease_until: T0 + 60 * SECOND });
});

test("of two processes that claim the same turn at once one gets it", async () => {
  const folder = temporaryFolder();
  const db = await testDatabase(folder);
  await addSubscriber(db, "t", "http://127.0.0.1:1");
  await happens(db, "t", T0);
  await feed(db, T0);
  const other = await openTestDatabase(folder);
  const claims = await Promise.all([claim(db, "t", T0), claim(other, "t", T0), claim(db, "t", T0)]);
  expect(claims.filter((one) => one !== undefined)).toHaveLength(1);
});

test("two processes that feed the same events at once put each into the line once", async () => {
  const folder = temporaryFolder();
  const db = await testDatabase(folder);
  await addSubscriber(db, "t", "http://127.0.0.1:1");
  const events: string[] = [];
  for (let n = 0; n < 30; n++) events.push(await happens(db, "t", T0));
  const other = await openTestDatabase(folder);
  await Promise.all([feed(db, T0), feed(other, T0), feed(db, T0), feed(other, T0)]);
  expect((await deliveries(db)).map(({ event }) => String(event))).toEqual(events);
});

test("a late batch of a feed that another process has overtaken changes nothing", async () => {
  const db = await testDatabase();
  await addSubscriber(db, "t", "http://127.0.0.1:1");
  const first = await happens(db, "t", T0);
  const late = around(db, async (name, call) => {
    if (name === "batch") {
      await feed(db, T0);
      await rows(db, "delete from webhook_deliveries"); // as retention would, much later
    }
    return call();
  });
  await feed(late, T0);
  expect(await deliveries(db)).toEqual([]);
  expect(await rows(db, "select event from webhook_feed")).toEqual([{ event: Number(first) }]);
});

test("answers of the database that are lost lose no delivery and repeat none", async ({ skip }) => {
  const server = await startSqld();
  if ("unavailable" in server) skip(server.unavailable);
  const proxy = await startFaultProxy((server as { url: string }).url);
  const address = { token: undefined, synchronous: "NORMAL" } as const;
  const plain = database(await openDatabase({ ...address, url: (server as { url: string }).url }));
  await migrate(plain, 0);
  const app = await receiver();
  await addSubscriber(plain, "t", app.url);
  const db = database(await openDatabase({ ...address, url: proxy.url }));
  const clock = { at: T0 };
  const one = webhooks(db, { now: () => clock.at });
  const events: string[] = [];
  // Each request of a pass loses its answer once: the feed's, the look's, the claim's, the end's.
  for (const [lost, fault] of [0, 1, 2, 3, 4].flatMap((at) => [[at, "drop"] as const, [at, "cut"] as const])) {
    events.push(await happens(plain, "t", clock.at));
    proxy.next = [...Array.from({ length: lost }, () => "pass" as const), fault];
    await tick(one).catch(() => 0);
    proxy.next = [];
    clock.at += 21 * SECOND;
    await tick(one);
  }
  expect(app.takenEvents()).toEqual(events);
  expect(await deliveries(plain)).toMatchObject(events.map(() => ({ state: "delivered", attempts: 1 })));
  expect(await rows(plain, "select name, value from counters")).toEqual([
    { name: "mail_proxy_webhook_deliveries_total", value: events.length },
  ]);
  expect(one.seen.filter(({ kind }) => kind === "superseded")).toEqual([]);
  plain.client.close();
  db.client.close();
});

test("where requests are counted, a pass never asks for more than it is granted, and what is left goes with the next", async () => {
  const db = await testDatabase();
  const app = await receiver();
  const names = ["a", "b", "c", "d", "e"];
  const events = new Map<string, string[]>();
  for (const name of names) {
    await addSubscriber(db, name, app.url);
    events.set(name, []);
    for (let n = 0; n < 5; n++) events.get(name)!.push(await happens(db, name, T0));
  }
  let least = Number.POSITIVE_INFINITY;
  for (let invocation = 0; app.taken.length < 25; invocation++) {
    expect(invocation).toBeLessThan(25);
    const requests = {
      left: 20,
      count() {
        this.left -= 1;
      },
    };
    const counted = around(db, (_, call) => {
      requests.count();
      return call();
    });
    const client = createHttpClient();
    const http: typeof client = (request) => {
      requests.count();
      return client(request);
    };
    await tick(webhooks(counted, { now: () => T0, requests, http }));
    least = Math.min(least, requests.left);
  }
  expect(least).toBeGreaterThanOrEqual(0);
  for (const [, of] of events) {
    expect(app.takenEvents().filter((event) => of.includes(event))).toEqual(of);
  }
});
