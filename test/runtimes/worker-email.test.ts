/** Mail that Email Routing hands to the Worker, in workerd: what it says is reported behind it, and no mail is refused for good. */
import { createClient } from "@libsql/client";
import { describe, expect, onTestFinished, test } from "vitest";
import { MOST_READ_BYTES } from "../../src/bounces/notice.ts";
import worker from "../../src/runtimes/worker.ts";
import { bounce } from "../bounces/mails.ts";
import { endpoint } from "../reports/support.ts";
import { WorkerOfTests } from "./dev-worker.ts";

const RECIPIENT = "a@example.net";
const LUNCH = "From: b@example.net\r\nMessage-ID: <lunch@example.net>\r\nSubject: lunch?\r\n\r\nAt noon.\r\n";

describe("in workerd", () => {
  const dev = new WorkerOfTests();
  const { promise } = dev;

  /** As Email Routing does it: the envelope beside the mail as it came. */
  async function deliver(
    raw: string | Buffer,
    to = "bounces@example.com",
    from = "mailer@example.net",
  ): Promise<number> {
    const envelope = new URLSearchParams({ from, to });
    const request = { method: "POST", body: Buffer.from(raw) };
    return (await fetch(`${dev.proxy.url}/cdn-cgi/handler/email?${envelope}`, request)).status;
  }

  async function execute(sql: string, args: string[]): Promise<Record<string, unknown>[]> {
    const database = createClient({ url: dev.proxy.databaseUrl });
    onTestFinished(() => database.close());
    return (await database.execute({ sql, args })).rows;
  }

  /** A message of a tenant of its own that a server has taken, as its row says; answers its pk and the tenant's endpoint. */
  async function sentMessage(tenantId: string) {
    const client = await endpoint();
    await dev.proxy.call("POST", "/tenant", { id: tenantId, client_base_url: client.url });
    const account = { id: "default", tenant_id: tenantId, host: "127.0.0.1", port: 1, use_tls: false };
    await dev.proxy.call("POST", "/account", account);
    const message = { id: "m", tenant_id: tenantId, from: "app@example.com", to: RECIPIENT, subject: "s", body: "b" };
    await dev.proxy.call("POST", "/commands/add-messages", { messages: [{ ...message, deferred_ts: 4_000_000_000 }] });
    const taken = JSON.stringify([["to", RECIPIENT, "sent", 250, "2.0.0", "ok"]]);
    const send = "update messages set state = 'sent', recipients = ? where tenant_id = ? returning pk";
    const [row] = await execute(send, [taken, tenantId]);
    const bounces = () => client.calls.flatMap(({ reports }) => reports).filter(({ bounce_ts }) => bounce_ts);
    return { pk: String(row?.pk), client, bounces };
  }

  promise("a bounce is reported behind it, once, however often it is delivered", async () => {
    const { pk, client, bounces } = await sentMessage("acme");
    expect(await deliver(bounce({ pk }))).toBe(200);
    for (let calls = 1; bounces().length === 0; calls++) await client.called(calls);
    expect(bounces()).toMatchObject([{ id: "m", pk, bounce_type: "hard", bounce_code: "5.1.1" }]);
    expect(await deliver(bounce({ pk }))).toBe(200);
    await dev.proxy.cron();
    expect(bounces()).toHaveLength(1);
  });

  promise("a mail that speaks of no message, or is no notice at all, is taken, and nothing comes of it", async () => {
    const { pk } = await sentMessage("globex");
    const unknown = pk.replace(/.$/, (last) => (last === "0" ? "1" : "0"));
    for (const mail of [bounce({ pk: unknown }), bounce({ id: "m" }), LUNCH]) expect(await deliver(mail)).toBe(200);
    expect(await execute("select * from events where tenant_id = ? and type <> 'sent'", ["globex"])).toEqual([]);
  });

  promise("of a mail that is longer than what is read, the beginning is enough", async () => {
    const { pk, client, bounces } = await sentMessage("zeta");
    const mail = bounce({ pk });
    expect(await deliver(Buffer.concat([Buffer.from(mail), Buffer.alloc(2 * MOST_READ_BYTES, "x")]))).toBe(200);
    for (let calls = 1; bounces().length === 0; calls++) await client.called(calls);
    expect(bounces()).toMatchObject([{ pk }]);
  });

  promise("what an older version kept is read by the cron, and reported by the next one", async () => {
    const { pk, bounces } = await sentMessage("omega");
    const keep =
      "insert into arrivals (hash, mail_from, rcpt_to, raw, arrived_at) values ('h', '', 'b@example.com', ?, 0)";
    await execute(keep, [Buffer.from(bounce({ pk })).toString("base64")]);
    await dev.proxy.cron();
    expect(await execute("select * from arrivals", [])).toEqual([]);
    await dev.proxy.cron();
    expect(bounces()).toMatchObject([{ pk }]);
  });
});

const COMPLETE = {
  MAIL_PROXY_API_TOKEN: "token-of-the-test",
  MAIL_PROXY_DATABASE_URL: "http://127.0.0.1:1",
  MAIL_PROXY_ENCRYPTION_KEY: "33".repeat(32),
};

test.each([
  ["a setting is missing", { ...COMPLETE, MAIL_PROXY_API_TOKEN: "" }, /MAIL_PROXY_API_TOKEN is missing/],
  ["the database is away", COMPLETE, /the database does not answer/],
])("while %s the sender is told to try again", async (_, bindings, fault) => {
  const mail = { to: "bounces@example.com", raw: new Blob([bounce()]).stream() };
  const waitUntil = () => expect.unreachable();
  await expect(worker.email(mail, bindings, { waitUntil })).rejects.toThrow(fault);
});
