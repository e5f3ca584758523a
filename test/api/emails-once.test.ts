/** Idempotency keys of the email API between processes, and where the database's answers are lost. */
import { dirname } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { CommandLog } from "../../src/api/command-log.ts";
import { type Database, database, rows } from "../../src/db/database.ts";
import { migrate } from "../../src/db/migrate.ts";
import { Intake } from "../../src/queue/intake.ts";
import { RemoteClient } from "../../src/runtimes/remote-client.ts";
import { Directory } from "../../src/tenancy/directory.ts";
import { openTestDatabase } from "../support/database.ts";
import { type Fault, startFaultProxy } from "../support/fault-proxy.ts";
import { startSqld } from "../support/sqld.ts";
import { watch } from "../support/statements.ts";
import { type Answer, addTenant, apiWithTenant, T0, TestApi, testApi } from "./support.ts";

const ONE = { from: "shop@example.com", to: ["bob@example.net"], subject: "Order 17", text: "On its way." };

/** Another process on this database, which stores what comes after a turn of the event loop, as a service does. */
function apiOver(db: Database, { service }: TestApi): TestApi {
  const commandLog = new CommandLog(db);
  onTestFinished(() => commandLog.settled());
  const intake = new Intake(db, () => T0, nextTurn);
  return new TestApi({ ...service, db, commandLog, directory: new Directory(db), intake });
}

async function twoProcesses(): Promise<{ apis: [TestApi, TestApi]; key: string; db: Database }> {
  const { api, key } = await apiWithTenant();
  const { db } = api.service;
  const [main] = await rows<{ file: string }>(db, "pragma database_list");
  const other = await openTestDatabase(dirname(main!.file));
  return { apis: [apiOver(db, api), apiOver(other, api)], key, db };
}

const send = (api: TestApi, token: string, name: string, fields: object = {}): Promise<Answer> =>
  api.call("POST", "/emails", { token, json: { ...ONE, ...fields }, headers: { "Idempotency-Key": name } });

const ids = (db: Database) => rows<{ id: string }>(db, "select id from messages order by seq");

test("of two processes that are asked the same at the same moment one sends, and both answer its id", async () => {
  const { apis, key, db } = await twoProcesses();
  for (let n = 0; n < 20; n++) {
    const answers = await Promise.all(apis.map((api) => send(api, key, `order-${n}`)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
  }
  expect(await ids(db)).toHaveLength(20);
});

test("however requests under one key come, one message is stored, and each hears of it what is true", async () => {
  const { apis, key, db } = await twoProcesses();
  let run = 0;
  const request = fc.record({ process: fc.nat(1), order: fc.nat(2), turns: fc.nat(20) });
  const property = fc.asyncProperty(fc.array(request, { minLength: 2, maxLength: 8 }), async (requests) => {
    run += 1;
    const before = (await ids(db)).length;
    const answers = await Promise.all(
      requests.map(async ({ process, order, turns }) => {
        for (let turn = 0; turn < turns; turn++) await Promise.resolve();
        return send(apis[process]!, key, `run-${run}`, { subject: `Order ${order}` });
      }),
    );
    const stored = (await ids(db)).slice(before).map(({ id }) => id);
    expect(stored).toHaveLength(1);
    const won = requests[answers.findIndex(({ status, body }) => status === 200 && body.replayed === undefined)]!;
    const heard = answers.map(({ status, body }) => (status === 200 ? body.id : body.code));
    expect(heard).toEqual(
      requests.map(({ order }) => (order === won.order ? stored[0] : "invalid_idempotent_request")),
    );
  });
  await fc.assert(property, { numRuns: 60 });
});

test("a repetition is a look for its key: no commit of others is broken off by it", async () => {
  const { api, key } = await apiWithTenant();
  await send(api, key, "k");
  const watched = watch(api.service.db);
  const { status, body } = await send(apiOver(watched.db, api), key, "k");
  expect([status, body.replayed]).toEqual([200, true]);
  expect(watched.statements.filter(({ sql }) => /^\s*insert into (?!command_log)/.test(sql))).toEqual([]);
});

test("a request whose commit was not answered is done once, and so is the one that repeats it", async ({ skip }) => {
  const server = await startSqld();
  if ("unavailable" in server) return skip(server.unavailable);
  const proxy = await startFaultProxy(server.url);
  const direct = database(new RemoteClient({ url: server.url, token: undefined }));
  await migrate(direct, T0);
  const base = await testApi();
  const key = await addTenant(apiOver(direct, base), "acme");
  const api = apiOver(database(new RemoteClient({ url: proxy.url, token: undefined })), base);
  await send(api, key, "warm");
  const isCommit = (body: string) => body.includes("insert into idempotency_keys");

  /** The next commit has the fault, however many looks come before it. */
  const atCommit = (fault: Fault, others: (body: string) => Fault = () => "pass") => {
    let isDone = false;
    proxy.always = (body) => {
      if (isDone || !isCommit(body)) return others(body);
      isDone = true;
      return fault;
    };
  };

  for (const fault of ["drop", "cut", "garble", "unsent"] satisfies Fault[]) {
    atCommit(fault);
    const { status, body } = await send(api, key, fault);
    expect([fault, status, body.replayed]).toEqual([fault, 200, undefined]);
    expect((await send(api, key, fault)).body).toEqual({ ...body, replayed: true });
  }
  expect(await ids(direct)).toHaveLength(5);

  // Nor can be looked whether it was done; the key tells, a moment later.
  atCommit("drop", (body) => (body.includes("from json_each(:pks)") ? "unsent" : "pass"));
  expect((await send(api, key, "told by the key")).body).toEqual({ ok: true, object: "email", id: expect.any(String) });

  // The server commits, and cannot be reached any more.
  let isAway = false;
  proxy.always = (body) => {
    if (isAway) return "unsent";
    isAway = isCommit(body);
    return isAway ? "drop" : "pass";
  };
  expect((await send(api, key, "away")).status).toBe(503);
  proxy.always = () => "pass";
  const [last] = (await ids(direct)).slice(6);
  expect((await send(api, key, "away")).body).toMatchObject({ id: last?.id, replayed: true });

  // A commit is on its way, its client gives up, and a repetition is faster.
  let seen = 0;
  proxy.always = (body) => (isCommit(body) ? (["late", "unsent"] as const)[Math.min(seen++, 1)]! : "pass");
  expect((await send(api, key, "late")).status).toBe(503);
  proxy.always = () => "pass";
  const repeated = await send(api, key, "late");
  expect(repeated.body).not.toHaveProperty("replayed");
  await proxy.deliver();
  expect((await ids(direct)).slice(7)).toEqual([{ id: repeated.body.id }]);
});
