/** A database in trouble: callers are told to come again, nothing taken is lost or doubled, and all goes on by itself. */
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { createClient } from "@libsql/client";
import { expect, test } from "vitest";
import { type Answered, type ProxyProcess, startProxy } from "../support/binary.ts";
import { binaryUnderTest } from "../support/build.ts";
import { type CountingSink, startSink } from "../support/counting-sink.ts";
import { temporaryFolder } from "../support/database.ts";
import { mountSmallDisk } from "../support/small-disk.ts";
import { startSqld } from "../support/sqld.ts";
import { add, addAll, addUntilTaken, ids, settled, setUp, statuses } from "./clients.ts";

/** LONG=1 keeps the database away for half a minute, and a file locked for longer than a statement waits. */
const long = process.env.LONG === "1";
const AWAY_MS = long ? 30_000 : 8_000;
const LOCKED_MS = long ? 15_000 : 3_000;

function expectUnavailable({ status, headers, body }: Answered, error: string): void {
  expect(body).toMatchObject({ ok: false, code: "database_unavailable", error });
  expect(status).toBe(503);
  expect(Number(headers.get("Retry-After"))).toBeGreaterThan(0);
}

async function expectEachSentOnce(proxy: ProxyProcess, sink: CountingSink, expected: readonly string[]): Promise<void> {
  await settled(proxy);
  expect(sink.taken.map(({ id }) => id).sort()).toEqual([...expected].sort());
  expect([...(await statuses(proxy)).values()]).toEqual(expected.map(() => "sent"));
}

async function health(proxy: ProxyProcess): Promise<number> {
  return (await proxy.call("GET", "/health")).status;
}

async function outage(leaseSeconds: string, skip: (why: string) => void): Promise<void> {
  const server = await startSqld();
  if ("unavailable" in server) return skip(server.unavailable);
  const sink = await startSink();
  const start = () =>
    startProxy(binaryUnderTest(), temporaryFolder(), {
      DATABASE_URL: server.url,
      LEASE_SECONDS: leaseSeconds,
      POLL_INTERVAL: "0.5",
    });
  const proxy = start();
  await setUp(proxy, sink);
  const other = start(); // looks for work that nobody seems to hold any more
  await other.ready;
  const expected = ids(400);
  const adding = addAll(
    () => proxy,
    expected,
    (taken) => sink.until(() => sink.distinct + 100 > taken),
  );
  await sink.until(() => sink.distinct > 100);

  await server.kill();
  const until = Date.now() + AWAY_MS;
  expectUnavailable(await add(proxy, ["m0"]), "the database does not answer");
  expect((await proxy.call("GET", "/ready")).status).toBe(503);
  while (Date.now() < until) {
    expect(await health(proxy)).toBe(200);
    await pause(100);
  }
  await server.start();

  const { refused } = await adding;
  for (const answered of refused) expectUnavailable(answered, "the database does not answer");
  expect(refused.length).toBeGreaterThan(0);
  expect((await proxy.call("GET", "/ready")).status).toBe(200);
  await expectEachSentOnce(proxy, sink, expected);
}

test(
  "a server that is gone for a while, in the midst of enqueueing and draining, costs nothing",
  { timeout: AWAY_MS + 60_000 },
  ({ skip }) => outage("120", skip),
);

test(
  "what was sent while the database was away is written down when it is back, though its lease is over",
  { timeout: AWAY_MS + 60_000 },
  ({ skip }) => outage("2", skip),
);

test.runIf(long)("a server that stands still is away, too", { timeout: 120_000 }, async ({ skip }) => {
  const server = await startSqld();
  if ("unavailable" in server) return skip(server.unavailable);
  const sink = await startSink();
  const proxy = startProxy(binaryUnderTest(), temporaryFolder(), { DATABASE_URL: server.url, LEASE_SECONDS: "5" });
  await setUp(proxy, sink);
  const expected = ids(100);
  await add(proxy, expected.slice(0, 50));
  await sink.until(() => sink.distinct === 50);

  server.freeze();
  expectUnavailable(await add(proxy, expected.slice(50)), "the database does not answer");
  expectUnavailable(await proxy.call("GET", "/ready"), "the database does not answer");
  expect(await health(proxy)).toBe(200);
  server.thaw();
  await addUntilTaken(() => proxy, expected.slice(50));
  await expectEachSentOnce(proxy, sink, expected);
});

test("a file that another process has locked is waited for; beyond that, callers are told to come again", {
  timeout: LOCKED_MS + 60_000,
}, async () => {
  const folder = temporaryFolder();
  const url = `file:${join(folder, "queue.db")}`;
  const sink = await startSink();
  const proxy = startProxy(binaryUnderTest(), folder, { DATABASE_URL: url });
  await setUp(proxy, sink);
  const expected = ids(200);
  await add(proxy, expected.slice(0, 100));
  await sink.until(() => sink.distinct > 10);

  const other = createClient({ url, timeout: 10_000 });
  const lock = await other.transaction("write");
  const adding = addUntilTaken(() => proxy, expected.slice(100));
  const until = Date.now() + LOCKED_MS;
  while (Date.now() < until) {
    const asked = Date.now();
    expect(await health(proxy)).toBe(200);
    expect(Date.now() - asked).toBeLessThan(2_000);
    await pause(100);
  }
  await lock.rollback();
  other.close();

  const { refused } = await adding;
  for (const answered of refused) expectUnavailable(answered, "the database is locked by another process");
  expect(refused.length > 0).toBe(long);
  await expectEachSentOnce(proxy, sink, expected);
});

test("a full disk takes nothing more, keeps what it took, and goes on as soon as there is room", async ({ skip }) => {
  const disk = await mountSmallDisk(4);
  if ("unavailable" in disk) return skip(disk.unavailable);
  const sink = await startSink({ thinkMs: 50 });
  const proxy = startProxy(binaryUnderTest(), temporaryFolder(), {
    DATABASE_URL: `file:${join(disk.folder, "queue.db")}`,
    BATCH_SIZE_PER_ACCOUNT: "10",
  });
  await setUp(proxy, sink, undefined, { max_connections: 1 });
  const taken: string[] = [];
  let full: Answered | undefined;
  for (let n = 0; full === undefined; n += 20) {
    const batch = ids(20, `m${n}-`);
    const answered = await add(proxy, batch);
    if (answered.status === 200) taken.push(...batch);
    else full = answered;
  }
  expectUnavailable(full, "the database has no room left");
  expect(await health(proxy)).toBe(200);
  expect(proxy.log()).toMatch(/POST \/commands\/add-messages failed: .*full/);

  await disk.enlarge(64);
  sink.thinkMs = 0;
  const more = ids(20, "more-");
  await addUntilTaken(() => proxy, more);
  await expectEachSentOnce(proxy, sink, [...taken, ...more]);
}, 60_000);
