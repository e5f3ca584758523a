/** The way of a message from HTTP to SMTP and back as a report, through the whole application. */
import { describe, expect, test } from "vitest";
import type { Report } from "../src/reports/report.ts";
import { endpoint, type TestEndpoint } from "./reports/support.ts";
import { ADMIN_TOKEN, startApp, type TestApp } from "./support/app.ts";
import {
  type Answer,
  EXTENSIONS,
  type Script,
  type ScriptedServer,
  startSmtpServer,
  type Verb,
} from "./support/smtp-server.ts";

interface Post extends TestApp {
  server: ScriptedServer;
}

/** An application with a tenant `acme`, whose account `default` delivers to a scripted server. */
async function post(
  script: Script = {},
  settings: Record<string, string> = {},
  account: object = {},
  tenant: object = {},
): Promise<Post> {
  const server = await startSmtpServer(script);
  const app = await startApp(settings);
  await app.call("POST", "/tenant", { id: "acme", ...tenant });
  const made = await app.call("POST", "/account", {
    id: "default",
    tenant_id: "acme",
    host: "127.0.0.1",
    port: server.port,
    use_tls: false,
    ...account,
  });
  expect(made).toMatchObject({ body: { ok: true } });
  return { ...app, server };
}

const message = (id: string, over: object = {}) => ({
  id,
  from: "App <app@example.com>",
  to: ["a@example.net"],
  subject: `Subject ${id}`,
  body: "Hello",
  ...over,
});
/** The first report about a message; idle calls may come before it. */
async function firstReport(client: TestEndpoint, id: string): Promise<Report> {
  for (let calls = 1; ; calls++) {
    await client.called(calls);
    const found = client.calls.flatMap(({ reports }) => reports).find((report) => report.id === id);
    if (found !== undefined) return found;
  }
}
const add = (app: TestApp, ...messages: object[]) => app.call("POST", "/commands/add-messages", { messages });

test("a message goes from POST to the server's 250 and back as a report, without any polling delay", async () => {
  const client = await endpoint();
  const app = await post({}, { POLL_INTERVAL: "3600" }, {}, { client_base_url: client.url });
  const begin = performance.now();
  expect(await add(app, message("m1", { metadata: { order: "12" } }))).toMatchObject({
    status: 200,
    body: { ok: true, queued: 1, rejected: [] },
  });
  await app.server.until(() => app.server.messages.length === 1);
  const delivered = performance.now() - begin;
  const report = await firstReport(client, "m1");
  const reported = performance.now() - begin;
  expect(report).toMatchObject({
    id: "m1",
    tenant_id: "acme",
    account_id: "default",
    sent_ts: expect.any(Number),
    smtp_code: 250,
    metadata: { order: "12" },
  });
  // Both far below the poll interval: nothing waited for a clock.
  expect(delivered).toBeLessThan(1_000);
  expect(reported).toBeLessThan(2_000);
  expect(await app.until("m1", "sent")).toMatchObject({
    attempts: 1,
    recipients: [{ address: "a@example.net", status: "sent", code: 250 }],
  });
});

test("a rejected message is reported within a second as well", async () => {
  const client = await endpoint();
  const app = await post({}, { POLL_INTERVAL: "3600" }, {}, { client_base_url: client.url });
  const begin = performance.now();
  expect((await add(app, { id: "m1", frm: "a@example.com" })).body).toMatchObject({ ok: false, queued: 0 });
  expect(await firstReport(client, "m1")).toMatchObject({ error: "frm: unknown field", error_ts: expect.any(Number) });
  expect(performance.now() - begin).toBeLessThan(1_000);
});

test("Bcc recipients get the mail and appear nowhere in it", async () => {
  const app = await post();
  await add(app, message("m1", { cc: "c@example.net", bcc: ["secret@example.net"] }));
  await app.until("m1", "sent");
  const [mail] = app.server.messages;
  expect(mail!.recipients).toEqual(["a@example.net", "c@example.net", "secret@example.net"]);
  expect(mail!.wire).not.toMatch(/secret|^bcc:/im);
  expect(mail!.wire).toMatch(/^X-Genro-Mail-ID: m1\r$/m);
});

test.each([EXTENSIONS, []])(
  "250, 550 and 451 in one message: one delivery each, the 550 reported at once, the 451 retried alone",
  async (...extensions) => {
    const client = await endpoint();
    let busy = true;
    const answer: Script["answer"] = ({ verb, line }) => {
      if (verb !== "RCPT") return undefined;
      if (line.includes("nobody@")) return "550 5.1.1 no such user";
      return line.includes("busy@") && busy ? "451 4.3.0 try later" : undefined;
    };
    const app = await post(
      { extensions: extensions as string[], answer },
      { RETRY_DELAYS: "1,1" },
      {},
      { client_base_url: client.url },
    );
    await add(app, message("m1", { to: ["good@example.net", "nobody@example.net", "busy@example.net"] }));
    const first = await firstReport(client, "m1");
    busy = false;
    expect(first).toMatchObject({
      deferred_ts: expect.any(Number),
      recipients: [
        { address: "good@example.net", status: "sent" },
        { address: "nobody@example.net", status: "error", code: 550, enhanced_code: "5.1.1" },
        { address: "busy@example.net", status: "pending", code: 451 },
      ],
    });
    const shown = await app.until("m1", "sent");
    expect(shown).toMatchObject({
      attempts: 2,
      recipients: [{ status: "sent" }, { status: "error" }, { status: "sent" }],
    });
    expect(app.server.messages.map(({ recipients }) => recipients)).toEqual([
      ["good@example.net"],
      ["busy@example.net"],
    ]);
    const ids = app.server.messages.map(({ wire }) => /^Message-ID: (.+)\r$/im.exec(wire)?.[1]);
    expect(ids[0]).toBeTruthy();
    expect(ids[1]).toBe(ids[0]);
  },
);

describe("a server that closes the connection at any stage costs no message", () => {
  const stages: Verb[] = ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "BODY"];
  test.each(stages)("%s", async (stage) => {
    let faulty = true;
    const answer = ({ verb }: { verb: Verb }): Answer | undefined => {
      if (verb !== stage || !faulty) return undefined;
      faulty = false;
      return { next: "close" };
    };
    const app = await post({ answer }, { RETRY_DELAYS: "0,0" }, { max_connections: 1 });
    await add(app, message("m1"));
    // A fault of the account pauses it for 30 s; saving it ends the pause at once.
    const accountFault = stage === "CONNECT" || stage === "EHLO";
    if (accountFault) {
      for (;;) {
        const { body } = await app.call("GET", "/account/default?tenant_id=acme");
        const { state } = (body.account ?? body) as { state: string };
        if (state === "paused") break;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      await app.call("POST", "/account", { id: "default", tenant_id: "acme" });
    }
    const sent = await app.until("m1", "sent");
    expect(sent).toMatchObject({ attempts: accountFault ? 1 : 2, outcome_unknown: stage === "BODY" });
    expect(app.server.messages).toHaveLength(1);
  });
});

test("a wrong password pauses the account and burns no retry of its messages", async () => {
  const app = await post(
    { extensions: ["AUTH PLAIN"], answer: ({ verb }) => (verb === "AUTH" ? "535 5.7.8 wrong" : undefined) },
    {},
    { user: "me", password: "pass-phrase-of-the-test" },
  );
  await add(app, ...Array.from({ length: 20 }, (_, n) => message(`m${n}`)));
  for (;;) {
    const { body } = await app.call("GET", "/accounts?tenant_id=acme");
    const [account] = body.accounts as { state: string; last_error: string; paused_until: number }[];
    if (account!.state === "paused") {
      expect(account!.last_error).toMatch(/535/);
      expect(JSON.stringify(body)).not.toContain("pass-phrase");
      break;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const shown = await app.until("m7", "pending");
  expect(shown).toMatchObject({ attempts: 0, error: null });
});

test("suspended messages wait, and go when their batch is activated", async () => {
  const app = await post();
  await app.call("POST", "/commands/suspend?tenant_id=acme&batch_code=news");
  await add(app, message("news", { batch_code: "news" }), message("other"));
  await app.until("other", "sent");
  expect(await app.until("news", "pending")).toMatchObject({ batch_code: "news" });
  const { body } = await app.call("POST", "/commands/activate?tenant_id=acme&batch_code=news");
  expect(body).toMatchObject({ ok: true, tenant_id: "acme", batch_code: "news" });
  await app.until("news", "sent");
});

test("a limit defers what is over it and tells when it can go", async () => {
  const client = await endpoint();
  const app = await post({}, {}, { limit_per_minute: 2 }, { client_base_url: client.url });
  await add(app, message("a"), message("b"), message("c"));
  await app.until("b", "sent");
  const waiting = await app.until("c", "deferred");
  expect(Number(waiting.deferred_ts) - Date.now() / 1000).toBeGreaterThan(50);
  const report = await firstReport(client, "c");
  expect(report).toMatchObject({ deferred_reason: "rate_limit", deferred_ts: waiting.deferred_ts });
});

test("a stop gives back what is not begun, and names the outcome of what a stalled server never answered", async () => {
  const app = await post(
    { answer: ({ verb }) => (verb === "BODY" ? { next: "stall" } : undefined) },
    { SHUTDOWN_SECONDS: "0.2" },
    { max_connections: 1 },
  );
  // The second one's commands travel behind the first one's final dot; the others have not been begun.
  await add(app, ...["first", "second", "third", "fourth"].map((id) => message(id)));
  await app.server.until(() => app.server.lines.includes("BODY"));
  await app.stop();
  const again = await startApp({ SCHEDULER_ACTIVE: "false" }, app.folder);
  expect(await again.until("first", "deferred")).toMatchObject({ attempts: 1, outcome_unknown: true });
  expect(await again.until("third", "pending")).toMatchObject({ attempts: 0 });
  expect(await again.until("fourth", "pending")).toMatchObject({ attempts: 0 });
  const { body } = await again.call("GET", "/messages?status=sending");
  expect(body.messages).toEqual([]);
});

test("two processes on one database share the work, and nothing is sent twice", async () => {
  const app = await post();
  const other = await startApp({}, app.folder);
  const ids = Array.from({ length: 400 }, (_, n) => `m${n}`);
  await Promise.all([
    add(app, ...ids.slice(0, 200).map((id) => message(id))),
    add(other, ...ids.slice(200).map((id) => message(id))),
  ]);
  await app.server.until(() => app.server.messages.length >= ids.length);
  for (const id of ids) await app.until(id, "sent");
  expect(app.server.messages).toHaveLength(ids.length);
  const sent = app.server.messages.map(({ wire }) => /^X-Genro-Mail-ID: (.+)\r$/m.exec(wire)?.[1]);
  expect(new Set(sent).size).toBe(ids.length);
});

test("a slow server never causes a second send by another process: leases are renewed", async () => {
  let slow: (() => void) | undefined;
  const answer: Script["answer"] = ({ verb, connection }) => {
    if (verb !== "BODY" || slow !== undefined) return undefined;
    slow = () => connection.socket.write("250 2.0.0 at last\r\n");
    return { raw: "" };
  };
  const settings = { LEASE_SECONDS: "1", POLL_INTERVAL: "0.1" };
  const app = await post({ answer }, settings);
  const other = await startApp(settings, app.folder);
  await add(app, message("slow"));
  await app.server.until(() => slow !== undefined);
  // Three leases long, while the other process looks for work ten times a second.
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  expect(await other.until("slow", "sending")).toMatchObject({ attempts: 0, outcome_unknown: false });
  slow!();
  expect(await other.until("slow", "sent")).toMatchObject({ attempts: 1 });
  expect(app.server.lines.filter((line) => line === "BODY")).toHaveLength(1);
});

test("a call that was under way when the proxy stopped is committed, answered, and in the command log", async () => {
  const app = await post();
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const body = new TextEncoder().encode(JSON.stringify({ messages: [message("late")] }));
  const headers = {
    "X-API-Token": ADMIN_TOKEN,
    "Content-Type": "application/json",
    "Content-Length": String(body.length),
  };
  const request = { method: "POST", headers, body: readable, duplex: "half" } as const;
  const answer = app.app.fetch(new Request("http://proxy.test/commands/add-messages", request));
  await writer.write(body); // taken, so the handler is reading
  await app.app.stop();
  await writer.close();
  expect(await (await answer).json()).toMatchObject({ ok: true, queued: 1 });
  await app.app.settled();
  const { rows } = await app.db.client.execute("select payload from command_log order by id desc limit 1");
  expect(String(rows[0]?.payload)).toContain('"late"');
});
