/** The bounded work of runtimes without a loop, on a real database and over real sockets. */
import { expect, test } from "vitest";
import { createFetcher } from "../../src/attachments/index.ts";
import { LinkSigner } from "../../src/attachments/large-link.ts";
import { readConfig } from "../../src/config.ts";
import { type Budget, Dispatcher } from "../../src/dispatch/dispatcher.ts";
import type { Restrictions } from "../../src/ports.ts";
import { openDatabase } from "../../src/runtimes/database.ts";
import { createHttpClient } from "../../src/runtimes/http-client.ts";
import { workerRestrictions } from "../../src/runtimes/worker-restrictions.ts";
import { openVault } from "../../src/security/vault.ts";
import { ENCRYPTION_KEY, startApp, type TestApp } from "../support/app.ts";
import { type Script, type ScriptedServer, startSmtpServer } from "../support/smtp-server.ts";

/** An application that only takes messages in, with an account for each script. */
async function queue(scripts: Record<string, Script>) {
  const app = await startApp({ SCHEDULER_ACTIVE: "false" });
  await app.call("POST", "/tenant", { id: "acme" });
  const servers: Record<string, ScriptedServer> = {};
  for (const [id, script] of Object.entries(scripts)) {
    const server = await startSmtpServer(script);
    servers[id] = server;
    await app.call("POST", "/account", { id, tenant_id: "acme", host: "127.0.0.1", port: server.port, use_tls: false });
  }
  return { app, servers };
}

async function add(app: TestApp, accountId: string, count: number): Promise<void> {
  const messages = Array.from({ length: count }, (_, n) => ({
    id: `${accountId}-${n}`,
    account_id: accountId,
    from: "app@example.com",
    to: ["a@example.net"],
    subject: "Hello",
    body: "Hello",
  }));
  expect(await app.call("POST", "/commands/add-messages", { messages })).toMatchObject({ body: { queued: count } });
}

/** What one invocation does: a dispatcher of its own. */
async function drain({ db }: TestApp, budget: Partial<Budget> = {}, restrictions?: Restrictions): Promise<void> {
  const config = readConfig({ MAIL_PROXY_BATCH_SIZE_PER_ACCOUNT: "20" });
  const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));
  const ports = {
    now: Date.now,
    nextTurn,
    openDatabase,
    resolve: undefined,
    http: createHttpClient(),
    hostName: "proxy.test",
    sandbox: undefined,
    restrictions,
  };
  const vault = await openVault(ENCRYPTION_KEY);
  const fetcher = createFetcher({ config, ports, db, vault, signer: new LinkSigner(vault) });
  const dispatcher = new Dispatcher({ config, ports, db, vault, fetcher, report: () => undefined });
  await dispatcher.drain({ messages: 1_000, until: Date.now() + 10_000, graceMs: 1_000, due: true, ...budget });
}

async function states({ db }: TestApp): Promise<Record<string, number>> {
  const { rows } = await db.client.execute("select state, count(*) as count from messages group by state");
  return Object.fromEntries(rows.map(({ state, count }) => [String(state), Number(count)]));
}

test("a drain goes on until nothing is left, and ends when all of it is settled", async () => {
  const { app, servers } = await queue({ main: {} });
  await add(app, "main", 75);
  await drain(app);
  expect(servers.main!.messages).toHaveLength(75);
  expect(await states(app)).toEqual({ sent: 75 });
});

test("a drain begins as many messages as its budget has, and gives the others back", async () => {
  const { app, servers } = await queue({ one: {}, two: {} });
  await add(app, "one", 30);
  await add(app, "two", 30);
  await drain(app, { messages: 25 });
  expect(servers.one!.messages.length + servers.two!.messages.length).toBe(25);
  expect(await states(app)).toEqual({ sent: 25, ready: 35 });
  await drain(app);
  expect(await states(app)).toEqual({ sent: 60 });
});

test("a drain ends with its time: a server that stalls has an unknown outcome, and delays no other account", async () => {
  const stalled: Script = { answer: ({ verb }) => (verb === "BODY" ? { next: "stall" } : undefined) };
  const { app, servers } = await queue({ stalled, well: {} });
  await add(app, "stalled", 30);
  await add(app, "well", 75);
  const begin = performance.now();
  await drain(app, { until: Date.now() + 1_000, graceMs: 100 });
  expect(performance.now() - begin).toBeLessThan(3_000);
  expect(servers.well!.messages).toHaveLength(75);
  expect(await app.until("stalled-0", "deferred")).toMatchObject({ attempts: 1, outcome_unknown: true });
  expect(await app.until("stalled-29", "pending")).toMatchObject({ attempts: 0 });
  expect(await states(app)).not.toHaveProperty("sending");
});

test("an account that suppresses sending is served wherever its server could not be reached from here", async () => {
  const { app } = await queue({});
  const account = { tenant_id: "acme", host: "smtp.example.com", port: 25 };
  await app.call("POST", "/account", { ...account, id: "quiet", suppress_send: true });
  await app.call("POST", "/account", { ...account, id: "loud" });
  await add(app, "quiet", 2);
  await add(app, "loud", 3);
  await drain(app, {}, workerRestrictions);
  expect(await states(app)).toEqual({ sent: 2, ready: 3 });
});
