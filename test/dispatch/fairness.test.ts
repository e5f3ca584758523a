/** One slow party slows only itself: whatever one account, tenant or endpoint does, others do not wait. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { ACCOUNTS_PER_PASS } from "../../src/dispatch/shares.ts";
import { startApp, type TestApp } from "../support/app.ts";
import { type Script, startSmtpServer } from "../support/smtp-server.ts";

/** Far above what an undisturbed delivery takes here, far below any timeout of a server that stalls. */
const SOON_MS = 5_000;

const silent: Script = { answer: ({ verb }) => (verb === "CONNECT" ? { next: "stall" } : undefined) };

const message = (id: string, account_id: string, over: object = {}) => ({
  id,
  account_id,
  tenant_id: "acme",
  from: "app@example.com",
  to: "a@example.net",
  subject: id,
  body: "Hello",
  ...over,
});

async function withTenant(settings: Record<string, string> = {}): Promise<TestApp> {
  const app = await startApp({ SHUTDOWN_SECONDS: "0", ...settings });
  await app.call("POST", "/tenant", { id: "acme" });
  return app;
}

async function addAccount(app: TestApp, id: string, port: number, fields: object = {}): Promise<void> {
  await app.call("POST", "/account", { id, tenant_id: "acme", host: "127.0.0.1", port, use_tls: false, ...fields });
}

async function add(app: TestApp, account: string, count: number, over: object = {}): Promise<void> {
  const messages = Array.from({ length: count }, (_, n) => message(`${account}-${n}`, account, over));
  expect(await app.call("POST", "/commands/add-messages", { messages })).toMatchObject({ body: { queued: count } });
}

async function inFlight(app: TestApp): Promise<number> {
  return (await app.call("GET", "/status")).body.in_flight as number;
}

/** Waits until the message is sent; answers how long that took. */
async function sentWithin(app: TestApp, id: string): Promise<number> {
  const begin = performance.now();
  await app.until(id, "sent");
  return performance.now() - begin;
}

async function addStalled(app: TestApp, port: number, count: number): Promise<void> {
  const accounts = Array.from({ length: count }, (_, n) => `stalled${n}`);
  await Promise.all(accounts.map((id) => addAccount(app, id, port)));
  await Promise.all(accounts.map((id) => add(app, id, 10)));
}

test("accounts whose servers are silent take no place that a new one needs", async () => {
  const app = await withTenant({ MAX_CONCURRENT_SENDS: "60" });
  const stalled = await startSmtpServer(silent);
  const well = await startSmtpServer();
  await addStalled(app, stalled.port, 25);
  await stalled.until(() => stalled.connections.length === 25);
  await addAccount(app, "well", well.port);
  await add(app, "well", 50);
  expect(await sentWithin(app, "well-49")).toBeLessThan(SOON_MS);
});

test("however many servers are silent, an account whose server answers goes on", async () => {
  const app = await withTenant({ MAX_CONCURRENT_SENDS: "20" });
  const stalled = await startSmtpServer(silent);
  const well = await startSmtpServer();
  await addAccount(app, "well", well.port);
  await add(app, "well", 1);
  await app.until("well-0", "sent");
  await addStalled(app, stalled.port, 40);
  await stalled.until(() => stalled.connections.length >= 10);
  const more = Array.from({ length: 50 }, (_, n) => message(`more-${n}`, "well"));
  await app.call("POST", "/commands/add-messages", { messages: more });
  expect(await sentWithin(app, "more-49")).toBeLessThan(SOON_MS);
});

test("an account whose server falls silent in the middle leaves places to others", async () => {
  const app = await withTenant({ MAX_CONCURRENT_SENDS: "20" });
  const stalling = await startSmtpServer({
    answer: ({ verb }) => (verb === "BODY" && stalling.messages.length >= 30 ? { next: "stall" } : undefined),
  });
  const well = await startSmtpServer();
  await addAccount(app, "stalling", stalling.port, { max_connections: 100 });
  await add(app, "stalling", 300);
  await stalling.until(() => stalling.messages.length >= 30);
  await addAccount(app, "well", well.port);
  await add(app, "well", 20);
  expect(await sentWithin(app, "well-19")).toBeLessThan(SOON_MS);
});

test("large messages of an account that stalls fill neither the memory nor the way of small ones", async () => {
  const app = await withTenant({ MAX_BYTES_IN_FLIGHT: String(1024 * 1024) });
  const stalled = await startSmtpServer(silent);
  const well = await startSmtpServer();
  await addAccount(app, "stalled", stalled.port);
  await add(app, "stalled", 50, { body: "x".repeat(100_000) });
  await stalled.until(() => stalled.connections.length === 1);
  await addAccount(app, "well", well.port);
  await add(app, "well", 20);
  expect(await sentWithin(app, "well-19")).toBeLessThan(SOON_MS);
  // Half of the memory, and the message that went over it.
  expect(await inFlight(app)).toBeLessThanOrEqual(6);
});

test("all of a long line of large messages is sent in the end, a few at a time", async () => {
  const app = await withTenant({ MAX_BYTES_IN_FLIGHT: "300000" });
  let most = 0;
  const answer: Script["answer"] = ({ verb, connection }) => {
    if (verb !== "BODY") return undefined;
    setTimeout(() => {
      void inFlight(app).then((now) => (most = Math.max(most, now)));
      connection.socket.write("250 2.0.0 at last\r\n");
    }, 20);
    return { raw: "" };
  };
  const server = await startSmtpServer({ answer });
  await addAccount(app, "large", server.port);
  await add(app, "large", 40, { body: "x".repeat(100_000) });
  await sentWithin(app, "large-39");
  // Those whose content is in memory, and some whose outcome is still to be written down.
  expect(most).toBeLessThanOrEqual(12);
});

test("two accounts of a tenant share its limit", async () => {
  const app = await withTenant();
  const server = await startSmtpServer();
  await app.call("PUT", "/tenant/acme", { rate_limits: { hour: 10 } });
  await app.call("POST", "/commands/suspend?tenant_id=acme");
  for (const id of ["one", "two"]) {
    await addAccount(app, id, server.port);
    await add(app, id, 30);
  }
  await app.call("POST", "/commands/activate?tenant_id=acme");
  await server.until(() => server.messages.length === 10);
  const ids = server.messages.map(({ wire }) => /^X-Genro-Mail-ID: (\w+)/m.exec(wire)?.[1]);
  expect(ids.filter((id) => id === "one")).toHaveLength(5);
});

test("more accounts than one pass serves are all served", async () => {
  const app = await withTenant();
  const server = await startSmtpServer();
  await app.call("POST", "/commands/suspend?tenant_id=acme");
  const accounts = Array.from({ length: ACCOUNTS_PER_PASS + 10 }, (_, n) => `a${n}`);
  await Promise.all(accounts.map((id) => addAccount(app, id, server.port)));
  const messages = accounts.map((id) => message(id, id));
  await app.call("POST", "/commands/add-messages", { messages });
  await app.call("POST", "/commands/activate?tenant_id=acme");
  await server.until(() => server.messages.length === accounts.length);
});

test("connections of accounts that were used once do not pile up", async () => {
  const app = await withTenant({ MAX_CONCURRENT_SENDS: "10" });
  const server = await startSmtpServer();
  for (let n = 0; n < 25; n++) {
    await addAccount(app, `a${n}`, server.port);
    await add(app, `a${n}`, 1);
    await app.until(`a${n}-0`, "sent");
  }
  expect((await app.call("GET", "/status")).body.connections).toBeLessThanOrEqual(11);
});

test("a tenant whose endpoint hangs has its mail sent all the same, and others have their reports", async () => {
  const app = await withTenant();
  const smtp = await startSmtpServer();
  const reports: string[] = [];
  const endpoint = createServer((request, response) => {
    if (request.url?.startsWith("/hangs")) return;
    request.setEncoding("utf8").on("data", (text: string) => reports.push(text));
    request.on("end", () => response.setHeader("Content-Type", "application/json").end('{"ok": true}'));
  }).listen(0, "127.0.0.1");
  await once(endpoint, "listening");
  onTestFinished(() => {
    endpoint.closeAllConnections();
    endpoint.close();
  });
  const base = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}`;
  await app.call("PUT", "/tenant/acme", { client_base_url: base, client_sync_path: "/hangs" });
  await addAccount(app, "hanging", smtp.port);
  await add(app, "hanging", 100);
  await app.call("POST", "/tenant", { id: "well", client_base_url: base, client_sync_path: "/well" });
  await app.call("POST", "/account", {
    id: "w",
    tenant_id: "well",
    host: "127.0.0.1",
    port: smtp.port,
    use_tls: false,
  });
  const begin = performance.now();
  await app.call("POST", "/commands/add-messages", { messages: [message("told", "w", { tenant_id: "well" })] });
  while (!reports.join("").includes('"told"')) await new Promise((resolve) => setTimeout(resolve, 10));
  await app.until("hanging-99", "sent");
  expect(performance.now() - begin).toBeLessThan(SOON_MS);
});
