/** The line that an operator finds of each attempt: what became of the message, at which server, in whose words. */
import { expect, test } from "vitest";
import { startApp, type TestApp } from "../support/app.ts";
import { type WatchedLog, watchLog } from "../support/log.ts";
import { type Script, startSmtpServer } from "../support/smtp-server.ts";

async function proxy(script: Script, account: object = {}): Promise<{ app: TestApp; log: WatchedLog }> {
  const { port } = await startSmtpServer(script);
  const log = await watchLog();
  const app = await startApp();
  await app.call("POST", "/tenant", { id: "shop" });
  const basics = { id: "default", tenant_id: "shop", host: "127.0.0.1", port, use_tls: false, retry_delays: [] };
  await app.call("POST", "/account", { ...basics, ...account });
  return { app, log };
}

async function send({ call }: TestApp, to: string[], more: object = {}): Promise<void> {
  const message = { id: "m", from: "app@example.com", to, subject: "s", body: "Hello", ...more };
  await call("POST", "/commands/add-messages", { messages: [message] });
}

const refusing = (reply: string): Script => ({
  answer: ({ verb, line }) => (verb === "RCPT" && line.includes("nobody@") ? reply : undefined),
});
const lineOf = ({ records, text }: WatchedLog, event: string) =>
  text()[records.findIndex(({ properties }) => properties.event === event)]?.replace(/^\S+ /, "");

test("a message that was sent: the server, its words, and how long it took", async () => {
  const { app, log } = await proxy({
    answer: ({ verb }) => (verb === "BODY" ? "250 2.6.0 queued as 4711" : undefined),
  });
  await send(app, ["ann@example.net", "bob@example.net"]);
  await app.until("m", "sent");
  const ids = { tenant_id: "shop", account_id: "default", message_id: "m", pk: expect.any(String) };
  expect(await log.events("sent")).toMatchObject([
    { ...ids, host: "127.0.0.1", code: 250, enhanced_code: "2.6.0", ms: expect.any(Number), recipients: 2, attempt: 1 },
  ]);
  expect(lineOf(log, "sent")).toMatch(
    /^\[dbg\] dispatch: message m of tenant shop was sent to 127\.0\.0\.1 in \d+ ms: 250 2\.6\.0 queued as 4711 \(request \S+\)\n$/,
  );
  expect(await log.events("connected")).toMatchObject([
    { account_id: "default", tenant_id: "shop", host: "127.0.0.1" },
  ]);
});

test("one that is deferred: until when, and why", async () => {
  const { app, log } = await proxy(refusing("451 4.7.1 greylisted"), { retry_delays: [3_600] });
  await send(app, ["nobody@example.net"]);
  await app.until("m", "deferred");
  const [deferred] = await log.events("deferred");
  expect(deferred).toMatchObject({ code: 451, enhanced_code: "4.7.1", reason: "451 4.7.1 greylisted", attempt: 1 });
  expect(Date.parse(String(deferred?.until))).toBeGreaterThan(Date.now() + 3_000_000);
  expect(lineOf(log, "deferred")).toMatch(
    /^\[dbg\] .* was deferred by 127\.0\.0\.1 until \S+Z, attempt 1: 451 4\.7\.1 greylisted/,
  );
});

test("one that failed is a warning, and so is one that failed for some", async () => {
  const { app, log } = await proxy(refusing("550 5.1.1 no such user"));
  await send(app, ["nobody@example.net"]);
  await app.until("m", "error");
  await log.events("failed");
  expect(lineOf(log, "failed")).toMatch(
    /^\[wrn\] .* message m of tenant shop failed at 127\.0\.0\.1, attempt 1: 550 5\.1\.1 no such user/,
  );
  await send(app, ["ann@example.net", "nobody@example.net"], { id: "some" });
  await app.until("some", "sent");
  expect(await log.events("sent")).toMatchObject([{ message_id: "some", recipients: 1, refused: 1 }]);
  expect(lineOf(log, "sent")).toMatch(/^\[wrn\] .*; 1 recipients were refused: 550 5\.1\.1 no such user/);
});

test("a connection that died behind the final dot: the outcome is unknown, and the line says so", async () => {
  const { app, log } = await proxy(
    { answer: ({ verb }) => (verb === "BODY" ? { next: "close" } : undefined) },
    { retry_delays: [3_600] },
  );
  await send(app, ["ann@example.net"]);
  await app.until("m", "deferred");
  expect(await log.events("deferred")).toMatchObject([{ outcome_unknown: true }]);
  expect(lineOf(log, "deferred")).toMatch(/; the server may have taken it \(request \S+\)\n$/);
});

test("a message whose time is over is a warning with its ids", async () => {
  const { app, log } = await proxy(refusing("451 4.7.1 later"), { retry_delays: [3_600] });
  await send(app, ["nobody@example.net"], { expires_ts: Date.now() / 1000 + 1 });
  await app.until("m", "error");
  expect(await log.events("given_up")).toMatchObject([{ message_id: "m", tenant_id: "shop", reason: "expired" }]);
  expect(lineOf(log, "given_up")).toMatch(
    /^\[wrn\] dispatch: message m of tenant shop failed: expired \(request \S+\)\n$/,
  );
});

test("one whose recipients are all suppressed is no warning: it was to be so", async () => {
  const { app, log } = await proxy({});
  await app.call("POST", "/suppressions", { tenant_id: "shop", suppressions: [{ address: "ann@example.net" }] });
  await send(app, ["ann@example.net"]);
  await app.until("m", "error");
  expect(await log.events("suppressed")).toMatchObject([{ message_id: "m", reason: "suppressed" }]);
  expect(log.records.filter(({ level }) => level === "warning")).toEqual([]);
});

test("a server that is away is told once, of its account; its messages go back without a line to look at", async () => {
  const { app, log } = await proxy({}, { host: "127.0.0.1", port: 9 });
  await send(app, ["ann@example.net"]);
  expect(await log.events("account_paused")).toMatchObject([
    { account_id: "default", tenant_id: "shop", reason: expect.stringContaining("ECONNREFUSED") },
  ]);
  const warnings = log.records.filter(({ level }) => level === "warning");
  expect(warnings.map(({ properties }) => properties.event)).toEqual(["account_paused"]);
});

test("no line is longer than can be borne, and none is forged, whatever a server replies", async () => {
  const words = `550 5.1.1 ${"x".repeat(1_500)}\u001b[2J\u0000\u0085[err] dispatch: forged`;
  const { app, log } = await proxy({ answer: ({ verb }) => (verb === "RCPT" ? { raw: `${words}\r\n` } : undefined) });
  await send(app, ["ann@example.net"]);
  await app.until("m", "error");
  await log.events("failed");
  for (const line of log.text()) {
    expect(line.length).toBeLessThan(4_000);
    expect(line.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  }
});
