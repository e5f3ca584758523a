/** What a cron does for many accounts, some of them with servers that never answer: nobody waits for ever. */
import { expect, test } from "vitest";
import { RemoteClient } from "../../src/runtimes/remote-client.ts";
import { endpoint } from "../reports/support.ts";
import { receiver } from "../reports/webhooks/support.ts";
import { type Script, startSmtpServer } from "../support/smtp-server.ts";
import { addTenant, execute, type Invocations, message, startInvocations } from "./invocations.ts";

const silent: Script = { answer: ({ verb }) => (verb === "BODY" ? { next: "stall" } : undefined) };

/** Takes in and leaves the sending to the cron, as a process of its own would. */
async function takeIn(on: Invocations, tenant: string, ids: string[], over: (n: number) => object = () => ({})) {
  const soon = Math.ceil(Date.now() / 1000) + 1;
  const messages = ids.map((id, n) => message(id, { tenant_id: tenant, deferred_ts: soon, ...over(n) }));
  const answer = await on.call("POST", "/commands/add-messages", { messages });
  expect(answer.body).toMatchObject({ queued: ids.length });
  await on.settled();
  return soon;
}

const untilDue = (due: number) => new Promise((resolve) => setTimeout(resolve, due * 1000 - Date.now()));

test("servers that never answer hold up neither the mail of others nor its reports", { timeout: 60_000 }, async ({
  skip,
}) => {
  const on = await startInvocations({ TICK_SECONDS: "1" });
  if ("unavailable" in on) return skip(on.unavailable);
  const stalled = await Promise.all(Array.from({ length: 5 }, () => startSmtpServer(silent)));
  const well = await startSmtpServer({});
  const client = await endpoint();
  for (const [n, { port }] of stalled.entries()) await addTenant(on, `stalled${n}`, [port]);
  await addTenant(on, "well", [well.port], client.url);
  for (const n of stalled.keys()) await takeIn(on, `stalled${n}`, ["a", "b", "c"]);
  await untilDue(await takeIn(on, "well", ["m"]));
  for (let tick = 0; tick < 6 && well.messages.length === 0; tick++) await on.cron();
  expect(well.messages).toHaveLength(1);
  // In the very invocation that sent it, however long the silent ones took.
  expect(client.calls.flatMap(({ reports }) => reports.map(({ id }) => id))).toEqual(["m"]);
  const { body } = await on.call("GET", "/accounts");
  const paused = (body.accounts as { state: string; last_error: string | null }[]).filter(
    ({ state }) => state === "paused",
  );
  expect(paused.map(({ last_error }) => last_error)).toContain("body: no answer in the time that an invocation has");
});

test("an account whose probe is not answered either pauses again, and longer", { timeout: 60_000 }, async ({
  skip,
}) => {
  const on = await startInvocations({ TICK_SECONDS: "1" });
  if ("unavailable" in on) return skip(on.unavailable);
  const server = await startSmtpServer(silent);
  await addTenant(on, "stalled", [server.port]);
  await untilDue(await takeIn(on, "stalled", ["a", "b", "c"]));
  await on.cron();
  const database = new RemoteClient({ url: on.proxy.url, token: undefined });
  const health = async () => (await database.execute("select faults, paused_until from accounts")).rows[0];
  expect(await health()).toMatchObject({ faults: 1 });
  await database.execute(`update accounts set paused_until = ${Date.now() - 1}`);
  await on.cron();
  expect(await health()).toMatchObject({ faults: 2 });
  expect(Number((await health())?.paused_until)).toBeGreaterThan(Date.now() + 40_000);
});

test("no account is always the last: with a budget for a few, all are served in time", { timeout: 60_000 }, async ({
  skip,
}) => {
  const on = await startInvocations({ TICK_MESSAGES: "2" });
  if ("unavailable" in on) return skip(on.unavailable);
  const server = await startSmtpServer({});
  const ACCOUNTS = 6;
  await addTenant(
    on,
    "acme",
    Array.from({ length: ACCOUNTS }, () => server.port),
  );
  const each = (n: number) => ({ account_id: n % ACCOUNTS === 0 ? "default" : `default-${n % ACCOUNTS}` });
  const ids = Array.from({ length: ACCOUNTS * 20 }, (_, n) => `m${n}`);
  await untilDue(await takeIn(on, "acme", ids, each));
  for (let tick = 0; tick < 40; tick++) await on.cron();
  const served = new Set(server.messages.map(({ wire }) => Number(/^Subject: m(\d+)/m.exec(wire)?.[1]) % ACCOUNTS));
  expect(server.messages).toHaveLength(80);
  expect(served.size).toBe(ACCOUNTS);
});

test("a cron serves more accounts than one pass does", { timeout: 60_000 }, async ({ skip }) => {
  const on = await startInvocations({ TICK_SUBREQUESTS: "10000" });
  if ("unavailable" in on) return skip(on.unavailable);
  const server = await startSmtpServer({});
  await addTenant(
    on,
    "acme",
    Array.from({ length: 70 }, () => server.port),
  );
  const ids = Array.from({ length: 70 }, (_, n) => `m${n}`);
  await untilDue(await takeIn(on, "acme", ids, (n) => ({ account_id: n === 0 ? "default" : `default-${n}` })));
  await on.cron();
  expect(server.messages).toHaveLength(70);
});

test("thousands of messages that come due at once, and cannot go, hold up no other by a tick", {
  timeout: 60_000,
}, async ({ skip }) => {
  const on = await startInvocations();
  if ("unavailable" in on) return skip(on.unavailable);
  const server = await startSmtpServer({});
  await addTenant(on, "idle", [server.port]);
  await addTenant(on, "acme", [server.port]);
  await on.call("POST", "/commands/suspend?tenant_id=idle");
  for (let from = 0; from < 2_500; from += 500) {
    const ids = Array.from({ length: 500 }, (_, n) => `m${from + n}`);
    await takeIn(on, "idle", ids);
  }
  await on.settled();
  await untilDue((await takeIn(on, "acme", ["one"])) + 1);
  await on.cron();
  expect(server.messages.map(({ wire }) => /^Subject: (.*)$/m.exec(wire)?.[1]?.trim())).toEqual(["one"]);
});

test("reports that take all that an invocation may ask for leave webhooks their turn", { timeout: 60_000 }, async ({
  skip,
}) => {
  const on = await startInvocations();
  if ("unavailable" in on) return skip(on.unavailable);
  const server = await startSmtpServer({});
  const client = await endpoint();
  const hook = await receiver();
  for (let n = 0; n < 20; n++) await addTenant(on, `t${n}`, [server.port], client.url);
  await on.call("POST", "/webhooks?tenant_id=t0", { url: hook.url, events: ["email.sent"] });
  await untilDue(await takeIn(on, "t0", ["m"]));
  for (let tick = 0; tick < 20 && hook.taken.length === 0; tick++) {
    await execute(on, "update syncs set requested = 1"); // more tenants are due than one cron can call
    await on.cron();
  }
  expect(hook.taken).toHaveLength(1);
});
