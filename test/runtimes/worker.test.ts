/** The Worker in workerd, as wrangler runs it, with a real libSQL server, real SMTP over workerd's sockets and real reports. */
import { createClient } from "@libsql/client";
import { describe, expect, test } from "vitest";
import worker from "../../src/runtimes/worker.ts";
import { endpoint } from "../reports/support.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { type Script, type ScriptedServer, startSmtpServer, type Verb } from "../support/smtp-server.ts";
import { WorkerOfTests } from "./dev-worker.ts";

describe("in workerd", () => {
  const dev = new WorkerOfTests();
  const { promise } = dev;

  /** A tenant of its own, whose account `default` delivers to a scripted server. */
  async function tenant(id: string, script: Script = {}, url?: string): Promise<ScriptedServer> {
    const server = await startSmtpServer(script);
    const base = url === undefined ? {} : { client_base_url: url };
    expect(await dev.proxy.call("POST", "/tenant", { id, ...base })).toMatchObject({ status: 200 });
    const account = { id: "default", tenant_id: id, host: "127.0.0.1", port: server.port, use_tls: false };
    expect(await dev.proxy.call("POST", "/account", account)).toMatchObject({ status: 200 });
    return server;
  }

  /** Waits until what is shown there is so. */
  async function until(path: string, wanted: object): Promise<void> {
    for (;;) {
      const { body } = await dev.proxy.call("GET", path);
      const shown = typeof body.account === "object" ? body.account : body;
      if (Object.entries(wanted).every(([name, value]) => Reflect.get(shown ?? {}, name) === value)) return;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  const add = (tenantId: string, ...messages: object[]) =>
    dev.proxy.call("POST", "/commands/add-messages", {
      messages: messages.map((over) => ({
        tenant_id: tenantId,
        from: "App <app@example.com>",
        to: ["a@example.net"],
        subject: "Grüße",
        body: "Hello",
        ...over,
      })),
    });

  promise("a message leaves right after its POST, over workerd's sockets, and is reported", async () => {
    const client = await endpoint();
    const server = await tenant("at-once", {}, client.url);
    expect(await add("at-once", { id: "m1" })).toMatchObject({ status: 200, body: { ok: true, queued: 1 } });
    await server.until(() => server.messages.length === 1);
    expect(server.messages[0]!.wire).toMatch(/^Subject: =\?utf-8\?/im);
    while (!client.calls.some(({ reports }) => reports.length > 0)) await client.called(client.calls.length + 1);
    expect(client.calls.flatMap(({ reports }) => reports)).toMatchObject([
      { id: "m1", tenant_id: "at-once", sent_ts: expect.any(Number), smtp_code: 250 },
    ]);
  });

  promise("the cron sends and reports what was due later", async () => {
    const client = await endpoint();
    const server = await tenant("later", {}, client.url);
    const due = Math.ceil(Date.now() / 1000) + 1;
    await add("later", { id: "m1", deferred_ts: due }, { id: "m2", deferred_ts: due });
    await dev.proxy.cron();
    expect(server.messages).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, due * 1000 - Date.now()));
    await dev.proxy.cron();
    expect(server.messages).toHaveLength(2);
    const reports = client.calls.flatMap(({ reports }) => reports);
    expect(reports.map(({ id, sent_ts }) => [id, Number(sent_ts) >= due])).toEqual([
      ["m1", true],
      ["m2", true],
    ]);
  });

  promise("a server that closes the connection at any stage hangs no invocation and costs no message", async () => {
    const stages: Verb[] = ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "BODY"];
    for (const stage of stages) {
      const id = `closes-at-${stage.toLowerCase()}`;
      await tenant(id, { answer: ({ verb }) => (verb === stage ? { next: "close" } : undefined) });
      await add(id, { id: "m1" });
      // A fault of the account pauses it; one of the transaction is the message's own.
      if (stage === "CONNECT" || stage === "EHLO") await until(`/account/default?tenant_id=${id}`, { state: "paused" });
      else await until(`/messages/m1?tenant_id=${id}`, { status: "deferred", outcome_unknown: stage === "BODY" });
    }
  });

  promise("requests that arrive together do not disturb each other", async () => {
    const server = await tenant("together");
    const ids = Array.from({ length: 20 }, (_, n) => ({ id: `m${n}` }));
    const answers = await Promise.all(ids.map((message) => add("together", message)));
    expect(answers.map(({ body }) => body.queued)).toEqual(ids.map(() => 1));
    await server.until(() => server.messages.length === ids.length);
    await dev.proxy.cron();
    expect(server.messages).toHaveLength(ids.length);
  });

  promise("a database that lacks a migration is answered with 503 and the way out", async () => {
    const database = createClient({ url: dev.proxy.databaseUrl });
    await database.execute("update migrations set name = name || '-of-another-time'");
    database.close();
    const answer = await ask({
      MAIL_PROXY_API_TOKEN: "token-of-the-test",
      MAIL_PROXY_DATABASE_URL: dev.proxy.databaseUrl,
      MAIL_PROXY_ENCRYPTION_KEY: dev.proxy.encryptionKey,
    });
    expect(answer).toMatchObject({
      status: 503,
      body: { code: "database_unavailable", error: expect.stringMatching(/run mail-proxy migrate$/) },
    });
  });

  promise("Ctrl-C ends the Worker and the database", async () => {
    expect(await dev.proxy.interrupt()).toBe(0);
    await expect(fetch(`${dev.proxy.url}/health`)).rejects.toThrow();
    await expect(fetch(`${dev.proxy.databaseUrl}/health`)).rejects.toThrow();
  });
});

/** The Worker's answer to a request, under these bindings. */
async function ask(bindings: Record<string, string>) {
  const work: Promise<unknown>[] = [];
  const request = new Request("http://worker.test/status", { headers: { "X-API-Token": "token-of-the-test" } });
  const response = await worker.fetch(request, bindings, { waitUntil: (promise) => void work.push(promise) });
  await Promise.all(work);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const COMPLETE = {
  MAIL_PROXY_API_TOKEN: "token-of-the-test",
  MAIL_PROXY_DATABASE_URL: "http://127.0.0.1:1",
  MAIL_PROXY_ENCRYPTION_KEY: "33".repeat(32),
};

test.each([
  ["MAIL_PROXY_API_TOKEN", ""],
  ["MAIL_PROXY_DATABASE_URL", ""],
  ["MAIL_PROXY_DATABASE_URL", "file:queue.db"],
  ["MAIL_PROXY_ENCRYPTION_KEY", ""],
  ["MAIL_PROXY_ENCRYPTION_KEY", "too-short-to-be-a-key"],
  ["MAIL_PROXY_LEASE_SECONDS", "soon"],
  ["MAIL_PROXY_SANDBOX", "true"],
])("a missing or bad setting is answered with 503 and its name: %s=%s", async (name, value) => {
  const { status, body } = await ask({ ...COMPLETE, [name]: value });
  expect({ status, ...body }).toMatchObject({
    status: 503,
    ok: false,
    code: "misconfigured",
    error: expect.stringContaining(name),
  });
  expect(JSON.stringify(body)).not.toMatch(/too-short|token-of-the-test/);
});

test("a database that is away is answered with 503", async () => {
  expect(await ask(COMPLETE)).toMatchObject({ status: 503, body: { ok: false, code: "database_unavailable" } });
});

test("settings that are missing are named all at once", async () => {
  const { body } = await ask({ MAIL_PROXY_API_TOKEN: "token-of-the-test" });
  expect(body.error).toBe("MAIL_PROXY_DATABASE_URL, MAIL_PROXY_ENCRYPTION_KEY are missing");
});

test("a token that the database refuses is answered with 503 and the name of its setting", async () => {
  const proxy = await startFaultProxy("http://127.0.0.1:1");
  proxy.always = () => 401;
  expect(await ask({ ...COMPLETE, MAIL_PROXY_DATABASE_URL: proxy.url })).toMatchObject({
    status: 503,
    body: { code: "misconfigured", error: "MAIL_PROXY_DATABASE_TOKEN is refused by the database" },
  });
});
