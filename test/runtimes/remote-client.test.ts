/** What a remote client promises: one request a call, nothing repeated that may have happened, and failures that say which. */
import { LibsqlError } from "@libsql/client/http";
import { expect, test } from "vitest";
import { isUnknown } from "../../src/db/unknown-outcome.ts";
import { type RemoteAddress, RemoteClient } from "../../src/runtimes/remote-client.ts";
import { answered, late, waitMs } from "../../src/runtimes/remote-failure.ts";
import { type Fault, type FaultProxy, startFaultProxy } from "../support/fault-proxy.ts";
import { startSqld } from "../support/sqld.ts";

const TOKEN = "the-token-of-the-tests";
const INSERT = "insert into t (n) values (1)";

interface Place {
  proxy: FaultProxy;
  client: RemoteClient;
  /** Rows that the server holds, whatever the proxy does. */
  count(): Promise<number>;
}

/** A server with an empty table, a proxy before it, and a client that goes through it. */
async function place(skip: (why: string) => never, options: Partial<RemoteAddress> = {}): Promise<Place> {
  const server = await startSqld();
  if ("unavailable" in server) return skip(server.unavailable);
  const proxy = await startFaultProxy(server.url);
  const direct = new RemoteClient({ url: server.url, token: undefined });
  await direct.execute("create table t (n integer)");
  return {
    proxy,
    client: new RemoteClient({ url: proxy.url, token: TOKEN, ...options }),
    count: async () => Number((await direct.execute("select count(*) as n from t")).rows[0]?.n),
  };
}

async function failure(work: Promise<unknown>): Promise<Error> {
  const thrown: unknown = await work.then(
    () => new Error("it did not fail"),
    (error: unknown) => error,
  );
  return thrown as Error;
}

test("an execute, a batch and a read are one request each", async ({ skip }) => {
  const { client, proxy } = await place(skip);
  await client.execute(INSERT);
  expect(proxy.requests).toBe(1);
  const repeated = { sql: `${INSERT}, (?), (2)`, args: [3] };
  await client.batch([repeated, repeated, "select * from t"], "write");
  expect(proxy.requests).toBe(2);
  await client.batch(["select count(*) from t", "select 1"], "read");
  expect(proxy.requests).toBe(3);
  expect(proxy.authorization).toBe(`Bearer ${TOKEN}`);
});

/** What becomes of a write, how often it is sent, and how often it is done. */
const WRITES: [fault: Fault, outcome: "unknown" | "not done", sent: number, done: number][] = [
  ["unsent", "unknown", 1, 0],
  ["drop", "unknown", 1, 1],
  ["cut", "unknown", 1, 1],
  ["garble", "unknown", 1, 1],
  ["hold", "unknown", 1, 1],
  [500, "unknown", 1, 0],
  [502, "unknown", 1, 0],
  [504, "unknown", 1, 0],
  [503, "not done", 3, 0],
  [429, "not done", 3, 0],
  [400, "not done", 1, 0],
  [401, "not done", 1, 0],
  [403, "not done", 1, 0],
  [404, "not done", 1, 0],
];

test("a write is never repeated where it may have been done, and its failure says so", async ({ skip }) => {
  const { client, proxy, count } = await place(skip, { deadlineMs: 1_000 });
  for (const [fault, outcome, sent, done] of WRITES) {
    await client.execute(INSERT); // so that the connection is one that was used before
    const before = { rows: await count(), requests: proxy.requests };
    proxy.always = () => fault;
    const thrown = await failure(client.execute(INSERT));
    proxy.always = () => "pass";
    expect({ fault, unknown: isUnknown(thrown), sent: proxy.requests - before.requests }).toEqual({
      fault,
      unknown: outcome === "unknown",
      sent,
    });
    expect({ fault, done: (await count()) - before.rows }).toEqual({ fault, done });
    expect(thrown).toMatchObject({ name: "LibsqlError", outcome });
    expect(`${thrown.message} ${String(thrown.cause)}`).not.toMatch(/token-of|127\.0\.0\.1|proxy's own/);
  }
  expect(proxy.abandoned).toBe(1); // the deadline has cut the request itself
});

test("a server that refuses connections has done nothing, and is found again where it is back in time", async ({
  skip,
}) => {
  const { client, proxy, count } = await place(skip);
  await proxy.shut();
  const thrown = await failure(client.execute(INSERT));
  expect(thrown.message).toBe("UNREACHABLE: the database cannot be reached (ECONNREFUSED)");
  expect(isUnknown(thrown)).toBe(false);
  await proxy.open();
  proxy.next = [503, 429];
  await client.execute(INSERT);
  expect(await count()).toBe(1);
});

test("a read comes through a connection that breaks twice", async ({ skip }) => {
  const { client, proxy } = await place(skip);
  proxy.next = ["drop", "cut"];
  expect((await client.execute("select count(*) as n from t")).rows).toMatchObject([{ n: 0 }]);
  proxy.next = [502, "garble"];
  await failure(client.batch(["select 1"], "read")); // what is no answer at all does not pass by itself
  proxy.next = ["unsent", 504];
  expect(await client.batch(["select 1 as one"], "read")).toMatchObject([{ rows: [{ one: 1 }] }]);
});

test("a server is left alone for as long as it asks, if that is within the deadline", async ({ skip }) => {
  const { client, proxy } = await place(skip);
  proxy.retryAfter = "1";
  proxy.next = [503];
  const asked = performance.now();
  await client.execute(INSERT);
  expect(performance.now() - asked).toBeGreaterThan(990);
  proxy.retryAfter = "60";
  proxy.next = [429];
  expect((await failure(client.execute(INSERT))).message).toMatch(/HTTP status 429/);
});

test("how long to wait before another try is a table", () => {
  const busy = new LibsqlError("database is locked", "SQLITE_BUSY");
  const refused = answered(503, null);
  const asked = answered(429, "2");
  const gateway = answered(502, null);
  const cases: [failure: LibsqlError, tries: number, isRead: boolean, wait: number | undefined][] = [
    [busy, 1, false, 25],
    [busy, 200, false, 25],
    [refused, 1, false, 60],
    [refused, 2, false, 240],
    [refused, 3, false, undefined],
    [asked, 1, false, 2_000],
    [gateway, 1, false, undefined],
    [gateway, 1, true, 60],
    [answered(401, null), 1, true, undefined],
    [late("not done"), 1, true, undefined],
    [new LibsqlError("no such table", "SQLITE_ERROR"), 1, true, undefined],
  ];
  for (const [failure, tries, isRead, wait] of cases) expect(waitMs(failure, tries, isRead, 0.5)).toBe(wait);
});

test("a write that waited in line for too long is refused without being sent", async ({ skip }) => {
  const { client, proxy, count } = await place(skip, { deadlineMs: 500 });
  proxy.next = ["hold"];
  const first = failure(client.execute(INSERT));
  const second = failure(client.execute(INSERT));
  expect(isUnknown(await first)).toBe(true);
  expect(isUnknown(await second)).toBe(false);
  expect(proxy.requests).toBe(1);
  await client.execute(INSERT);
  expect(await count()).toBe(2);
});

test("what the database refuses keeps its own code, also within a batch", async ({ skip }) => {
  const { client, proxy } = await place(skip);
  await client.execute("create unique index u on t (n)");
  await client.execute(INSERT);
  const alone = await failure(client.execute(INSERT));
  const within = await failure(client.batch(["insert into t (n) values (2)", INSERT], "write"));
  for (const thrown of [alone, within]) {
    expect(thrown).toMatchObject({ name: "LibsqlError", code: "SQLITE_CONSTRAINT" });
    expect(isUnknown(thrown)).toBe(false);
  }
  expect(proxy.requests).toBe(4);
  const mistake = await failure(client.execute({ sql: "select ?", args: [Symbol("no value") as never] }));
  expect(mistake).toBeInstanceOf(TypeError);
  expect(proxy.requests).toBe(4);
});

test("a closed client cuts what is under way and takes nothing more", async ({ skip }) => {
  const { client, proxy } = await place(skip);
  let held: () => void = () => undefined;
  const arrived = new Promise<void>((resolve) => {
    held = resolve;
  });
  proxy.always = () => {
    held();
    return "hold";
  };
  const underWay = failure(client.execute(INSERT));
  await arrived;
  client.close();
  expect(isUnknown(await underWay)).toBe(true);
  expect((await failure(client.execute(INSERT))).message).toBe("CLIENT_CLOSED: the database is closed");
});

test("a runtime that supplies its own fetch sees every request", async ({ skip }) => {
  let seen = 0;
  const { client, proxy } = await place(skip, {
    fetch: (request, init) => {
      seen += 1;
      return fetch(request, init);
    },
  });
  proxy.next = [503, "pass"];
  await client.execute(INSERT);
  await client.execute("select 1");
  expect(seen).toBe(proxy.requests);
  expect(seen).toBe(3);
});

test("every way to write the address of a server reaches it over HTTP; what is none is refused without repeating it", async ({
  skip,
}) => {
  const { proxy } = await place(skip);
  const host = proxy.url.slice("http://".length);
  for (const url of [
    `http://${host}`,
    `ws://${host}`,
    `libsql://${host}?tls=0`,
    `http://${host}/?authToken=${TOKEN}`,
  ]) {
    const client = new RemoteClient({ url, token: url.includes("authToken") ? undefined : TOKEN });
    await client.execute("select 1");
    expect(proxy.authorization).toBe(`Bearer ${TOKEN}`);
  }
  for (const url of [
    `http://me:${TOKEN}@${host}`,
    `ftp://${TOKEN}`,
    `http://${host}/?${TOKEN}=1`,
    `libsql://${TOKEN}?tls=0`,
  ]) {
    const open = () => new RemoteClient({ url, token: undefined });
    expect(open).toThrow(/^URL_INVALID: the URL of the database /);
    expect(open).not.toThrow(TOKEN);
  }
});
