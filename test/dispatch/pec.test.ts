/** Certified mail through the whole application: who waits for a receipt, and what a tenant is told when none comes. */
import { expect, test } from "vitest";
import { rows } from "../../src/db/database.ts";
import { endpoint } from "../reports/support.ts";
import { ADMIN_TOKEN, startApp, type TestApp } from "../support/app.ts";
import { type Script, startSmtpServer } from "../support/smtp-server.ts";

const HOUR_MS = 3_600_000;

async function proxy(account: object, script: Script = {}, tenant: object = {}): Promise<TestApp> {
  const { port } = await startSmtpServer(script);
  const app = await startApp();
  await app.call("POST", "/tenant", { id: "acme", ...tenant });
  const basics = { id: "default", tenant_id: "acme", host: "127.0.0.1", port, use_tls: false, retry_delays: [] };
  expect(await app.call("POST", "/account", { ...basics, ...account })).toMatchObject({ status: 200 });
  return app;
}

async function send({ call, until }: TestApp, to: string[], status = "sent"): Promise<void> {
  const message = { id: "m", from: "app@example.com", to, subject: "m", body: "Hello" };
  await call("POST", "/commands/add-messages", { messages: [message] });
  await until("m", status);
}

const waits = async ({ db }: TestApp) =>
  rows<{ due_at: number }>(db, "select w.due_at from pec_waits w join messages m on m.seq = w.message");

test("what a PEC account has sent waits for a receipt, once for all its recipients", async () => {
  const app = await proxy({ is_pec_account: true });
  const before = Date.now();
  await send(app, ["a@example.net", "b@example.net", "c@example.net"]);
  const found = await waits(app);
  expect(found).toHaveLength(1);
  expect(found[0]!.due_at).toBeGreaterThanOrEqual(before + 1_800_000);
  expect(found[0]!.due_at).toBeLessThanOrEqual(Date.now() + 1_800_000);
});

test.each<[what: string, account: object, script: Script, status: string]>([
  ["ordinary mail", {}, {}, "sent"],
  ["mail that failed", { is_pec_account: true }, { answer: refuseRecipients }, "error"],
  ["mail that is not really sent", { is_pec_account: true, suppress_send: true }, {}, "sent"],
])("%s waits for nothing", async (_what, account, script, status) => {
  const app = await proxy(account, script);
  await send(app, ["a@example.net"], status);
  expect(await waits(app)).toEqual([]);
});

test("mail that was taken for one of its recipients waits, whatever becomes of the others", async () => {
  const app = await proxy({ is_pec_account: true, retry_delays: [3_600] }, { answer: deferSecond });
  await send(app, ["a@example.net", "second@example.net"], "deferred");
  expect(await waits(app)).toHaveLength(1);
});

test("a receipt takes the wait away", async () => {
  const app = await proxy({ is_pec_account: true });
  await send(app, ["a@example.net"]);
  const { body } = await app.call("GET", "/messages/m");
  const receipt = [
    "From: posta-certificata@pec.example.com",
    "To: app@example.com",
    "Subject: ACCETTAZIONE: m",
    "X-Ricevuta: accettazione",
    `X-Riferimento-Message-ID: <${body.pk}@example.com>`,
    "",
    "Il messaggio e' stato accettato.",
    "",
  ].join("\r\n");
  const headers = { "X-API-Token": ADMIN_TOKEN, "Content-Type": "message/rfc822" };
  const request = new Request("http://proxy.test/bounces", { method: "POST", headers, body: receipt });
  expect(await (await app.app.fetch(request)).json()).toMatchObject({ events: [{ id: "m", event: "pec_acceptance" }] });
  expect(await waits(app)).toEqual([]);
});

test("the process after a restart tells of the receipt that did not come", async () => {
  const client = await endpoint();
  const app = await proxy({ is_pec_account: true }, {}, { client_base_url: client.url });
  await send(app, ["a@example.net"]);
  await app.stop();
  const told = () => client.calls.flatMap(({ reports }) => reports);
  const later = await startApp({}, app.folder, { now: () => Date.now() + HOUR_MS });
  for (let calls = 1; !told().some(({ pec_event }) => pec_event); calls++) await client.called(calls);
  expect(told().filter(({ pec_event }) => pec_event)).toMatchObject([
    {
      tenant_id: "acme",
      id: "m",
      account_id: "default",
      pec_event: "pec_timeout",
      pec_ts: expect.closeTo((Date.now() + HOUR_MS) / 1000, -2),
      pec_details: "no receipt has come in time",
    },
  ]);
  expect(await waits(later)).toEqual([]);
});

test("a message that is deleted waits no longer, and neither does a deleted tenant's", async () => {
  const app = await proxy({ is_pec_account: true });
  await send(app, ["a@example.net"]);
  await app.call("POST", "/commands/delete-messages?tenant_id=acme", { ids: ["m"] });
  expect(await rows(app.db, "select * from pec_waits")).toEqual([]);
  await send(app, ["a@example.net"]);
  expect(await waits(app)).toHaveLength(1);
  expect(await app.call("DELETE", "/tenant/acme?force=true")).toMatchObject({ status: 200 });
  expect(await rows(app.db, "select * from pec_waits")).toEqual([]);
});

function refuseRecipients({ verb }: { verb: string }): string | undefined {
  return verb === "RCPT" ? "550 5.1.1 no such user" : undefined;
}

function deferSecond({ verb, line }: { verb: string; line: string }): string | undefined {
  return verb === "RCPT" && line.includes("second@") ? "451 4.2.0 later" : undefined;
}
