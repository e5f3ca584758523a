/** An account's health: what pauses it, what ends that, what only makes it slower; over real sockets. */
import type { InStatement } from "@libsql/client";
import { expect, test } from "vitest";
import { startApp, type TestApp } from "../support/app.ts";
import { type Script, type ScriptedServer, startSmtpServer } from "../support/smtp-server.ts";

const ACCOUNT = { id: "default", tenant_id: "acme", host: "127.0.0.1", use_tls: false };
const message = (id: string, over: object = {}) => ({
  id,
  from: "app@example.com",
  to: "a@example.net",
  subject: id,
  body: "Hello",
  ...over,
});

interface Healthy extends TestApp {
  server: ScriptedServer;
  account(): Promise<Record<string, unknown>>;
  add(count: number, over?: object): Promise<void>;
  /** Waits until the account says so. */
  state(wanted: "ok" | "paused"): Promise<Record<string, unknown>>;
}

async function withAccount(
  script: Script,
  fields: object = {},
  settings: Record<string, string> = {},
): Promise<Healthy> {
  const server = await startSmtpServer(script);
  const app = await startApp(settings);
  await app.call("POST", "/tenant", { id: "acme" });
  await app.call("POST", "/account", { ...ACCOUNT, port: server.port, ...fields });
  const account = async () => (await app.call("GET", "/account/default")).body;
  return {
    ...app,
    server,
    account,
    async add(count, over) {
      const messages = Array.from({ length: count }, (_, n) => message(`m${n}`, over));
      await app.call("POST", "/commands/add-messages", { messages });
    },
    async state(wanted) {
      for (;;) {
        const view = await account();
        if (view.state === wanted) return view;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
  };
}

function sqlOf(statement: InStatement): string {
  return typeof statement === "string" ? statement : statement.sql;
}

async function metrics(app: TestApp): Promise<string> {
  const request = new Request("http://proxy.test/metrics", { headers: { "X-API-Token": "admin-token-of-the-tests" } });
  return (await app.app.fetch(request)).text();
}

const loginRefused: Script = {
  extensions: ["AUTH PLAIN"],
  answer: ({ verb }) => (verb === "AUTH" ? "535 5.7.8 no such user" : undefined),
};
const credentials = { user: "me", password: "a-long-password" };

test("an account's own fault pauses it, costs no retry, and shows in its health and in the metrics", async () => {
  const app = await withAccount(loginRefused, credentials);
  await app.add(3);
  expect(await app.state("paused")).toMatchObject({ last_error: "auth: 535 5.7.8 no such user" });
  for (const id of ["m0", "m1", "m2"])
    expect(await app.until(id, "pending")).toMatchObject({ attempts: 0, error: null });
  expect(await metrics(app)).toContain('mail_proxy_account_paused{tenant_id="acme",account_id="default"} 1\n');
});

test("a pause ends at once when the account is resumed, and its mail goes", async () => {
  let wrong = true;
  const answer: Script["answer"] = ({ verb }) => (wrong && verb === "CONNECT" ? "554 5.3.2 closed" : undefined);
  const app = await withAccount({ answer });
  await app.add(2);
  await app.state("paused");
  wrong = false;
  expect(await app.call("POST", "/account/default/resume")).toMatchObject({
    body: { state: "ok", paused_until: null },
  });
  expect(await app.until("m1", "sent")).toMatchObject({ attempts: 1 });
  expect(await metrics(app)).not.toContain("mail_proxy_account_paused{");
});

test("a test tells each step, works during a pause, and ends the pause if it passes", async () => {
  let wrong = true;
  const answer: Script["answer"] = ({ verb }) => (wrong && verb === "AUTH" ? "535 5.7.8 no such user" : undefined);
  const app = await withAccount({ extensions: ["AUTH PLAIN"], answer }, credentials);
  await app.add(1);
  await app.state("paused");
  const failed = await app.call("POST", "/account/default/test");
  expect(failed).toMatchObject({ status: 200, body: { ok: false, id: "default", tenant_id: "acme" } });
  expect(failed.body.steps).toMatchObject([
    { step: "connect", ok: true, detail: null },
    { step: "greeting", ok: true },
    { step: "ehlo", ok: true },
    { step: "auth", ok: false, detail: "535 5.7.8 no such user", ms: expect.any(Number) },
  ]);
  expect(await app.account()).toMatchObject({ state: "paused" });
  wrong = false;
  expect(await app.call("POST", "/account/default/test")).toMatchObject({ body: { ok: true } });
  await app.until("m0", "sent");
});

test("a test upgrades as the account wishes, and tells the certificate's fault", async () => {
  const fields = { tls: "starttls", use_tls: null };
  const app = await withAccount({ extensions: ["STARTTLS"] }, fields);
  const { body } = await app.call("POST", "/account/default/test");
  expect(body.ok).toBe(false);
  const steps = body.steps as { step: string; detail: string | null }[];
  expect(steps.map(({ step }) => step)).toEqual(["connect", "greeting", "ehlo", "tls"]);
  expect(steps.at(-1)?.detail).toMatch(/certificate/i);
});

test("a tenant's test learns nothing of a private network: no connection is made, whatever listens there", async () => {
  const app = await withAccount({}, {}, { ALLOW_PRIVATE_HOSTS: "false" });
  const { body } = await app.call("POST", "/tenant/acme/api-key", {});
  const key = String(body.api_key);
  // A name that a tenant may write, and whose owner lets it lead anywhere.
  await app.call("POST", "/account", { id: "inside", host: "smtp.example.com", port: app.server.port }, key);
  await app.db.client.execute("update accounts set host = 'localhost' where id = 'inside'");
  const open = await app.call("POST", "/account/inside/test", undefined, key);
  expect(open.body.steps).toMatchObject([
    { step: "connect", ok: false, detail: "the host cannot be reached at a public address" },
  ]);
  expect(app.server.connections).toEqual([]);
});

test("of a tenant's accounts one is tested at a time", async () => {
  const app = await withAccount({ answer: ({ verb }) => (verb === "CONNECT" ? { next: "stall" } : undefined) });
  const first = app.call("POST", "/account/default/test");
  await app.server.until(() => app.server.connections.length === 1);
  expect(await app.call("POST", "/account/default/test")).toMatchObject({ status: 409 });
  for (const { socket } of app.server.connections) socket.destroy();
  expect(await first).toMatchObject({ status: 200, body: { ok: false } });
});

test("a stop ends a test that hangs", async () => {
  const app = await withAccount({ answer: ({ verb }) => (verb === "CONNECT" ? { next: "stall" } : undefined) });
  const testing = app.call("POST", "/account/default/test");
  await app.server.until(() => app.server.connections.length === 1);
  await app.stop();
  expect(await testing).toMatchObject({ body: { ok: false } });
});

test("421 before anything was tried costs no retry, and pauses nothing while others are taken", async () => {
  let busy = 3;
  const answer: Script["answer"] = ({ verb, connection }) => {
    if (verb !== "MAIL" || busy === 0) return undefined;
    busy -= 1;
    connection.socket.end("421 4.7.0 too many at once\r\n");
    return { raw: "" };
  };
  const app = await withAccount({ extensions: [], answer }, { max_connections: 4 });
  await app.add(20);
  for (let n = 0; n < 20; n++) expect(await app.until(`m${n}`, "sent")).toMatchObject({ attempts: 1 });
  expect(busy).toBe(0);
  expect(await app.account()).toMatchObject({ state: "ok" });
});

test("an account whose server says 421 to a message alone pauses, and its messages keep their retries", async () => {
  const answer: Script["answer"] = ({ verb }) => (verb === "MAIL" ? "421 4.3.2 going down" : undefined);
  const app = await withAccount({ answer });
  await app.add(30);
  expect(await app.state("paused")).toMatchObject({ last_error: "mail: 421 4.3.2 going down" });
  for (const id of ["m0", "m15", "m29"]) expect(await app.until(id, "pending")).toMatchObject({ attempts: 0 });
  expect(app.server.connections.length).toBeLessThan(20);
});

test("a message that alone is told 421 does not hold up the others for ever", async () => {
  const answer: Script["answer"] = ({ verb, line }) =>
    verb === "RCPT" && line.includes("bad@") ? "421 4.7.0 not now" : undefined;
  const app = await withAccount({ answer }, { max_connections: 1 });
  await app.call("POST", "/commands/add-messages", {
    messages: [message("bad", { to: "bad@example.net", priority: 0 })],
  });
  // Whatever pauses come of it are ended, as time would.
  for (;;) {
    const { body } = await app.call("GET", "/messages/bad");
    if (body.status === "deferred") break;
    await app.call("POST", "/account/default/resume");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await app.call("POST", "/account/default/resume");
  await app.add(3);
  await app.until("m2", "sent");
  expect(await app.until("bad", "deferred")).toMatchObject({ attempts: 1 });
});

test("a full disk (452 at MAIL) pauses the account; 452 to a recipient is tried again by itself", async () => {
  let full = true;
  const answer: Script["answer"] = ({ verb, line }) => {
    if (full && verb === "MAIL") return "452 4.3.1 insufficient system storage";
    return verb === "RCPT" && line.includes("crowd@") ? "452 4.5.3 too many recipients" : undefined;
  };
  const app = await withAccount({ answer });
  await app.add(10);
  expect(await app.state("paused")).toMatchObject({ last_error: "mail: 452 4.3.1 insufficient system storage" });
  expect(await app.until("m0", "pending")).toMatchObject({ attempts: 0 });
  full = false;
  await app.call("POST", "/account/default/resume");
  await app.until("m9", "sent");
  await app.call("POST", "/commands/add-messages", { messages: [message("crowd", { to: "crowd@example.net" })] });
  expect(await app.until("crowd", "deferred")).toMatchObject({ attempts: 1 });
  expect(await app.account()).toMatchObject({ state: "ok" });
});

test("a server that wants a login pauses an account that has none", async () => {
  const answer: Script["answer"] = ({ verb }) => (verb === "MAIL" ? "530 5.7.0 authentication required" : undefined);
  const app = await withAccount({ answer });
  await app.add(2);
  await app.state("paused");
  expect(await app.until("m1", "pending")).toMatchObject({ attempts: 0 });
});

test("a database that is away while an account is loaded is no fault of the account", async () => {
  const app = await withAccount({});
  // Once an account is known, others are loaded when their turn comes.
  await app.call("POST", "/account", { ...ACCOUNT, id: "known", port: app.server.port });
  await app.call("POST", "/commands/add-messages", { messages: [message("before", { account_id: "known" })] });
  await app.until("before", "sent");
  await app.call("POST", "/commands/suspend?tenant_id=acme");
  await app.add(1);
  const { client } = app.db;
  const { execute } = client;
  let failures = 2;
  // Drizzle reads the account; everything else goes through.
  client.execute = ((...given: Parameters<typeof execute>) => {
    const sql = sqlOf(given[0]);
    if (failures > 0 && sql.startsWith('select "key"') && sql.includes('from "accounts"')) {
      failures -= 1;
      return Promise.reject(new Error("away"));
    }
    return execute.apply(client, given);
  }) as typeof execute;
  await app.call("POST", "/commands/activate?tenant_id=acme");
  expect(await app.until("m0", "sent")).toMatchObject({ attempts: 1 });
  expect(failures).toBe(0);
  client.execute = execute;
  expect(await app.account()).toMatchObject({ state: "ok", last_error: null });
});

test("a fault of an attempt that began before the account was resumed pauses it no more", async () => {
  const held: (() => void)[] = [];
  const answer: Script["answer"] = ({ verb, line, connection }) => {
    if (verb !== "MAIL" || !line.includes("slow@")) return undefined;
    held.push(() => connection.socket.write("452 4.3.1 insufficient system storage\r\n"));
    return { raw: "" };
  };
  const app = await withAccount({ extensions: [], answer });
  const slow = message("slow", { from: "slow@example.com" });
  await app.call("POST", "/commands/add-messages", { messages: [slow] });
  await app.server.until(() => held.length === 1);
  await app.call("POST", "/account/default/resume");
  await app.add(1);
  await app.until("m0", "sent"); // claimed as the account is now
  held.shift()?.();
  await app.server.until(() => held.length === 1); // it was given back, and is tried again at once
  expect(await app.account()).toMatchObject({ state: "ok" });
});
