/** Rolling upgrades: an older and a newer version on one database, with mail under way. MANY_MESSAGES scales it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { type Database, database } from "../../src/db/database.ts";
import { RemoteClient } from "../../src/runtimes/remote-client.ts";
import { applyMigration, deleteAccount, enqueue, migrateToPast, saveAccount, saveTenant } from "../db/upgrade-past.ts";
import { endpoint } from "../reports/support.ts";
import { startDevWorker } from "../runtimes/dev-worker.ts";
import { startProxy } from "../support/binary.ts";
import { binaryUnderTest } from "../support/build.ts";
import { type CountingSink, startSink } from "../support/counting-sink.ts";
import { openTestDatabase, temporaryFolder } from "../support/database.ts";
import { startSqld } from "../support/sqld.ts";
import { addAll, addUntilTaken, ids, message, settled, setUp, statuses, TENANT } from "./clients.ts";
import { migrate } from "./fleet.ts";

const messages = Number(process.env.MANY_MESSAGES ?? 800);
const NEXT = readFileSync(new URL("../db/next/0999_next.sql", import.meta.url), "utf8");

interface Opened {
  url: string;
  /** Another connection to it. */
  db: Database;
}

const databases: Record<string, () => Promise<Opened | { unavailable: string }>> = {
  "embedded file": async () => {
    const folder = temporaryFolder();
    return { url: `file:${join(folder, "queue.db")}`, db: await openTestDatabase(folder) };
  },
  "libSQL server": openServer,
};

async function openServer(): Promise<Opened | { unavailable: string }> {
  const server = await startSqld();
  if ("unavailable" in server) return server;
  const client = new RemoteClient({ url: server.url, token: undefined });
  onTestFinished(() => client.close());
  return { url: server.url, db: database(client) };
}

describe.each(Object.entries(databases))("on one %s", (_, open) => {
  test("two processes at work do not notice a newer version's migration, and start again on its schema", {
    timeout: 30_000 + messages * 20,
  }, async ({ skip }) => {
    const opened = await open();
    if ("unavailable" in opened) return skip(opened.unavailable);
    const sink = await startSink();
    const application = await endpoint();
    const start = () =>
      startProxy(binaryUnderTest(), temporaryFolder(), {
        DATABASE_URL: opened.url,
        POLL_INTERVAL: "0.1",
        LOG_LEVEL: "warning",
      });
    const [one, other] = [start(), start()] as const;
    await setUp(one, sink, application.url);
    await other.ready;
    const expected = ids(messages);
    let turn = 0;
    const adding = addAll(() => (turn++ % 2 === 0 ? one : other), expected);
    await sink.until(() => sink.distinct > messages / 4);
    await applyMigration(opened.db, "0999_next", NEXT);
    expect(sink.distinct).toBeLessThan(messages);

    expect(await adding).toEqual({ repeated: 0, refused: [] });
    // What changes accounts and tenants is an older version's, too.
    await setUp(one, sink, application.url, { max_connections: 4 });
    expect(await one.stop()).toBe(0);
    const again = start();
    await again.ready;
    await addUntilTaken(() => again, ["again"]);
    await settled(again);
    const all = [...expected, "again"].sort();
    const told = () => application.calls.flatMap(({ reports }) => reports.map(({ id }) => id));
    while (new Set(told()).size < all.length) await pause(20);
    expect(sink.taken.map(({ id }) => id).sort()).toEqual(all);
    expect(told().sort()).toEqual(all);
    expect([...(await statuses(other)).values()]).toEqual(all.map(() => "sent"));
    expect([await other.stop(), await again.stop()]).toEqual([0, 0]);
    expect([one, other, again].map((proxy) => proxy.log())).toEqual(["", "", ""]);
  });
});

/** A version of before at work on this database, with an account that delivers to the sink. */
async function olderVersion(db: Database, sink: CountingSink, url: string) {
  await saveTenant(db, TENANT, url, Date.now());
  const account = { tenantId: TENANT, id: "default", port: sink.port };
  const accountKey = await saveAccount(db, account, Date.now());
  const taken: string[] = [];
  const takeIn = async (prefix: string) => {
    const batch = ids(20, `${prefix}-`);
    await enqueue(db, { tenantId: TENANT, accountKey }, batch, Date.now());
    taken.push(...batch);
  };
  return {
    taken,
    takeIn,
    async takeInDuring(work: Promise<void>): Promise<void> {
      let over = false;
      const end = work.finally(() => {
        over = true;
      });
      for (let n = 0; !over; n++) await takeIn(`during-${n}`);
      await end;
    },
  };
}

test("a newer Worker waits for the migration, while an older version takes mail in before, during and after it", {
  timeout: 300_000, // the first start on a machine fetches wrangler and workerd
}, async ({ skip }) => {
  const opened = await openServer();
  if ("unavailable" in opened) return skip(opened.unavailable);
  const { db, url } = opened;
  await migrateToPast(db);
  const sink = await startSink();
  const application = await endpoint();
  const older = await olderVersion(db, sink, application.url);
  await older.takeIn("before");
  const worker = await startDevWorker({ databaseUrl: url, settings: { TICK_SUBREQUESTS: "10000" } });
  if ("unavailable" in worker) return skip(worker.unavailable);
  onTestFinished(async () => void (await worker.interrupt()));

  const behind = {
    status: 503,
    body: {
      ok: false,
      error:
        "the database lacks 0003_arrivals, 0004_directory, 0005_attachments, 0006_bounces, 0007_drop_in, 0008_see_it: run mail-proxy migrate",
    },
  };
  for (const path of ["/status", "/health", "/ready"]) expect(await worker.call("GET", path)).toMatchObject(behind);
  expect(await worker.call("POST", "/commands/add-messages", { messages: [] })).toMatchObject(behind);
  await expect(worker.cron()).rejects.toThrow();
  expect(sink.taken).toEqual([]);

  await older.takeInDuring(migrate(temporaryFolder(), url));
  await older.takeIn("after");
  const waiting = { queue: { ready: older.taken.length } };
  expect(await worker.call("GET", "/status")).toMatchObject({ status: 200, body: waiting });
  while (application.eventIds().length < older.taken.length) await worker.cron();
  expect(sink.taken.map(({ id }) => id).sort()).toEqual([...older.taken].sort());
  expect(new Set((await statuses(worker)).values())).toEqual(new Set(["sent"]));

  // What the Worker remembers of accounts is checked against a count that triggers keep, for those too who know of none.
  const second = await startSink();
  await saveAccount(db, { tenantId: TENANT, id: "second", port: second.port }, Date.now());
  const addBySecond = (id: string) =>
    worker.call("POST", "/commands/add-messages", { messages: [{ ...message(id), account_id: "second" }] });
  expect(await addBySecond("one")).toMatchObject({ status: 200, body: { queued: 1 } });
  await second.until(() => second.distinct === 1);
  await deleteAccount(db, TENANT, "second", Date.now());
  const reason = "tenant acme has no account second";
  expect(await addBySecond("two")).toMatchObject({
    status: 200,
    body: { queued: 0, rejected: [{ id: "two", reason }] },
  });
});
