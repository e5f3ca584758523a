/** What the dispatcher keeps to under adverse circumstances, over real sockets and a database that goes away. */
import { expect, onTestFinished, test } from "vitest";
import { rows } from "../../src/db/database.ts";
import { MOST_UNWRITTEN } from "../../src/dispatch/settler.ts";
import { startApp, type TestApp } from "../support/app.ts";
import { type Script, type ScriptedServer, startSmtpServer } from "../support/smtp-server.ts";

interface Engine extends TestApp {
  server: ScriptedServer;
  add(...ids: string[]): Promise<unknown>;
}

async function engine(script: Script, settings: Record<string, string> = {}, account: object = {}): Promise<Engine> {
  const server = await startSmtpServer(script);
  const app = await startApp(settings);
  await app.call("POST", "/tenant", { id: "acme" });
  await app.call("POST", "/account", { ...ACCOUNT, port: server.port, ...account });
  const add = (...ids: string[]) =>
    app.call("POST", "/commands/add-messages", { messages: ids.map((id) => message(id)) });
  return { ...app, server, add };
}

const ACCOUNT = { id: "default", tenant_id: "acme", host: "127.0.0.1", use_tls: false };
const message = (id: string, account_id = "default") => ({
  id,
  account_id,
  from: "app@example.com",
  to: "a@example.net",
  subject: id,
  body: "Hello",
});
const numbered = (prefix: string, count: number) => Array.from({ length: count }, (_, n) => `${prefix}${n}`);
const idOf = (wire: string) => /^X-Genro-Mail-ID: (.+)\r$/m.exec(wire)?.[1];
const bodies = (server: ScriptedServer) => server.lines.filter((line) => line === "BODY").length;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Answers the final dot only when it is told to; without PIPELINING, so that nothing travels behind that dot. */
function holdingBodies() {
  const extensions: string[] = [];
  const waiting: (() => void)[] = [];
  const answer: Script["answer"] = ({ verb, connection }) => {
    if (verb !== "BODY") return undefined;
    waiting.push(() => connection.socket.write("250 2.0.0 at last\r\n"));
    return { raw: "" };
  };
  return { script: { answer, extensions }, release: () => waiting.splice(0).forEach((reply) => void reply()), waiting };
}

test("while nothing can be written down, no more is sent than a crash may repeat", async () => {
  const app = await engine({}, { BATCH_SIZE_PER_ACCOUNT: "400" });
  await app.call("POST", "/commands/suspend?tenant_id=acme");
  await app.add(...numbered("m", 400));
  await app.call("POST", "/commands/activate?tenant_id=acme");
  await app.server.until(() => app.server.messages.length > 0);
  const before = app.server.messages.length;
  const { batch } = app.db.client;
  let locked = true;
  onTestFinished(() => {
    locked = false;
  });
  app.db.client.batch = async (...given) => {
    while (locked) await pause(5);
    return batch.apply(app.db.client, given);
  };
  await app.server.until(() => app.server.messages.length >= before + MOST_UNWRITTEN / 2);
  await pause(500);
  expect(app.server.messages.length).toBeLessThanOrEqual(before + MOST_UNWRITTEN + 16);
  locked = false;
  await app.until("m399", "sent");
  await app.server.until(() => app.server.messages.length >= 400);
  expect(new Set(app.server.messages.map(({ wire }) => idOf(wire))).size).toBe(400);
  expect(app.server.messages).toHaveLength(400);
});

test("what stands in line is not begun once its lease is over, though the database is away", async () => {
  const { script, release, waiting } = holdingBodies();
  const app = await engine(script, { LEASE_SECONDS: "1", SHUTDOWN_SECONDS: "0" }, { max_connections: 1 });
  await app.add(...numbered("m", 20));
  await app.server.until(() => waiting.length === 1);
  let away = true;
  const { client } = app.db;
  const { execute, batch } = client;
  const cut = () => Promise.reject(new Error("away"));
  client.execute = ((...given: Parameters<typeof execute>) =>
    away ? cut() : execute.apply(client, given)) as typeof execute;
  client.batch = (...given) => (away ? cut() : batch.apply(client, given));
  await pause(1_500);
  const begun = bodies(app.server);
  release();
  // One more had been handed to the connection before; nothing after it is begun.
  await pause(500);
  release();
  await pause(500);
  expect(bodies(app.server) - begun).toBeLessThanOrEqual(1);
  away = false;
});

test("a stop that waits for a slow server keeps its lease", async () => {
  const { script, release, waiting } = holdingBodies();
  const settings = { LEASE_SECONDS: "1", POLL_INTERVAL: "0.1", SHUTDOWN_SECONDS: "20" };
  const app = await engine(script, settings);
  await app.add("slow");
  await app.server.until(() => waiting.length === 1);
  const other = await startApp(settings, app.folder);
  const stopped = app.stop();
  await pause(2_500);
  release();
  await stopped;
  expect(await other.until("slow", "sent")).toMatchObject({ attempts: 1, outcome_unknown: false });
  expect(bodies(app.server)).toBe(1);
});

test("a process whose scheduler is off sends nothing, also when it is asked to", async () => {
  const app = await engine({}, { SCHEDULER_ACTIVE: "false" });
  await app.add("m");
  expect(await app.call("POST", "/commands/run-now")).toMatchObject({ status: 409 });
  expect(app.server.connections).toEqual([]);
});

test("where sends are scarce, accounts take turns", async () => {
  const app = await engine({}, { MAX_CONCURRENT_SENDS: "2" });
  await app.call("POST", "/account", { ...ACCOUNT, id: "second", port: app.server.port });
  await app.call("POST", "/commands/suspend?tenant_id=acme");
  const many = numbered("many", 300).map((id) => message(id));
  const few = numbered("few", 5).map((id) => message(id, "second"));
  await app.call("POST", "/commands/add-messages", { messages: many });
  await app.call("POST", "/commands/add-messages", { messages: few });
  await app.call("POST", "/commands/activate?tenant_id=acme");
  await app.server.until(() => app.server.messages.length === 305);
  const order = app.server.messages.map(({ wire }) => idOf(wire));
  expect(order.findLastIndex((id) => id?.startsWith("few"))).toBeLessThan(100);
});

test("a small batch size leaves no connection idle while messages wait", async () => {
  const { script, waiting } = holdingBodies();
  const settings = { POLL_INTERVAL: "3600", SHUTDOWN_SECONDS: "0" };
  const app = await engine(script, settings, { batch_size: 1, max_connections: 4 });
  await app.add(...numbered("m", 4));
  await app.server.until(() => waiting.length === 4);
  expect(app.server.connections).toHaveLength(4);
});

test("a message that expires while it stands in line is given up, not sent", async () => {
  const { script, release, waiting } = holdingBodies();
  const app = await engine(script, {}, { max_connections: 1 });
  const expires_ts = Date.now() / 1000 + 1;
  const lined = numbered("late", 6).map((id) => ({ ...message(id), expires_ts }));
  await app.call("POST", "/commands/add-messages", { messages: [message("first"), ...lined] });
  await app.server.until(() => waiting.length === 1);
  await pause(1_100);
  release();
  // The one behind the first was begun before its time was over.
  await app.server.until(() => waiting.length === 1);
  release();
  for (const id of ["late1", "late2", "late5"])
    expect(await app.until(id, "error")).toMatchObject({ error: "expired" });
  expect(bodies(app.server)).toBe(2);
});

test("our own mistake fails the message that meets it, and nothing else", async () => {
  const app = await engine({}, { SCHEDULER_ACTIVE: "true" });
  await app.call("POST", "/commands/suspend?tenant_id=acme");
  await app.add("broken", "whole");
  await rows(
    app.db,
    "update payloads set content = '{}' where message = (select seq from messages where id = 'broken')",
  );
  await app.call("POST", "/commands/activate?tenant_id=acme");
  await app.until("whole", "sent");
  expect(await app.until("broken", "error")).toMatchObject({ attempts: 1 });
});
