/** POST /bounces: whatever mail comes in is answered, what it says is reported, and nobody tells of another's messages. */
import { expect, test } from "vitest";
import { rows } from "../../src/db/database.ts";
import { bounce, complaint } from "../bounces/mails.ts";
import { endpoint } from "../reports/support.ts";
import { ADMIN_TOKEN, startApp } from "../support/app.ts";
import { startSmtpServer } from "../support/smtp-server.ts";
import { addTenant, apiWithTenant, message, type TestApi } from "./support.ts";

const MAIL = { "Content-Type": "message/rfc822" };
const RECIPIENT = "you@example.net";

/** Of a message that its server has taken; answers its pk. */
async function sentMessage(api: TestApi, id: string, token: string): Promise<string> {
  await api.add([message(id)], token);
  const taken = JSON.stringify([["to", RECIPIENT, "sent", 250, "2.0.0", "ok"]]);
  await rows(api.service.db, "update messages set state = 'sent', recipients = ? where id = ?", [taken, id]);
  return String((await api.get(`/messages/${id}`, token)).body.pk);
}

const post = (api: TestApi, mail: BodyInit, query = "", token?: string, headers = MAIL) =>
  api.call("POST", `/bounces${query}`, { body: mail, headers, ...(token === undefined ? {} : { token }) });

const bounced = (pk: string) => bounce({ pk, recipients: [{ address: RECIPIENT }] });

test("a bounce is answered with what came of it, and its tenant is told at once; again it is known", async () => {
  const { api, key } = await apiWithTenant();
  const pk = await sentMessage(api, "m1", key);
  api.told.length = 0;
  for (const repeated of [false, true]) {
    const { status, body } = await post(api, bounced(pk));
    expect(status).toBe(200);
    expect(body).toEqual({
      ok: true,
      kind: "delivery",
      events: [{ tenant_id: "acme", id: "m1", pk, event: "bounce", recipient: RECIPIENT, repeated }],
      ignored: [],
    });
  }
  expect(api.told).toEqual(["report acme"]);
  const { events } = (await api.get("/messages/m1")).body;
  expect(events).toMatchObject([
    {
      event: "bounce",
      bounce_type: "hard",
      bounce_code: "5.1.1",
      recipients: [{ address: RECIPIENT, status: "error" }],
    },
  ]);
});

test("a key tells of its own tenant's messages, the admin of anybody's or of one tenant's", async () => {
  const { api, key } = await apiWithTenant();
  const theirs = await addTenant(api, "globex");
  const pk = await sentMessage(api, "m1", key);
  const nothing = { events: [], ignored: [{ recipient: null, reason: "no such message" }] };
  expect((await post(api, bounced(pk), "", theirs)).body).toMatchObject(nothing);
  expect((await post(api, bounced(pk), "?tenant_id=globex")).body).toMatchObject(nothing);
  expect(await post(api, bounced(pk), "?tenant_id=acme", theirs)).toMatchObject({ status: 403 });
  expect(await post(api, bounced(pk), "?tenant_id=nobody")).toMatchObject({ status: 404 });
  expect((await post(api, bounced(pk), "?tenant_id=acme", key)).body.events).toMatchObject([{ repeated: false }]);
  const { body } = await post(api, complaint({ pk, recipient: RECIPIENT }), `?recipient=${RECIPIENT}`);
  expect(body).toMatchObject({ kind: "feedback", events: [{ event: "complaint", tenant_id: "acme" }] });
});

test.each([
  ["of bytes", crypto.getRandomValues(new Uint8Array(5_000))],
  ["of nothing but a line break", "\r\n"],
  ["that breaks off", bounce().slice(0, 300)],
  ["of somebody who writes", "From: a@example.net\r\nSubject: lunch?\r\n\r\nAt noon.\r\n"],
  ["that is longer than what is read", `${bounce()}${"x".repeat(3 * 1024 * 1024)}`],
])("a mail %s is answered with 200", async (_, mail) => {
  const { api } = await apiWithTenant();
  const { status, body } = await post(api, mail);
  expect(status).toBe(200);
  expect(body).toMatchObject({ ok: true, events: [], ignored: [{ reason: expect.stringMatching(/\w/) }] });
});

test("what is no mail is refused: an empty body, another type, one that is too large, an unknown parameter", async () => {
  const { api } = await apiWithTenant({ maxBodyBytes: 2_000 });
  expect(await post(api, "")).toMatchObject({ status: 422, body: { error: "the mail is empty" } });
  const json = { "Content-Type": "application/json" };
  expect(await post(api, bounce(), "", undefined, json)).toMatchObject({ status: 415 });
  expect(await post(api, new Uint8Array([1]), "", undefined, { "Content-Type": "" })).toMatchObject({ status: 415 });
  expect(await post(api, "x".repeat(2_001))).toMatchObject({ status: 413 });
  expect(await post(api, bounce(), "?to=x")).toMatchObject({ status: 422 });
  const global = { "Content-Type": "message/global; charset=utf-8" };
  expect(await post(api, bounce(), "", undefined, global)).toMatchObject({ status: 200 });
});

test("the command log has what came of it, and not the mail", async () => {
  const { api, key } = await apiWithTenant();
  const pk = await sentMessage(api, "m1", key);
  await post(api, bounced(pk));
  await api.service.commandLog.settled();
  const [entry] = (await api.get("/command-log?limit=1")).body.commands as Record<string, unknown>[];
  expect(entry).toMatchObject({
    endpoint: "POST /bounces",
    replayable: false,
    payload: { omitted: `a mail of ${bounced(pk).length} bytes` },
    result: { kind: "delivery", events: [{ pk }] },
  });
});

test("from the server's 250 to the bounce, and to the application: one report each, and the totals", async () => {
  const server = await startSmtpServer({});
  const client = await endpoint();
  const app = await startApp();
  await app.call("POST", "/tenant", { id: "acme", client_base_url: client.url });
  const account = { id: "default", tenant_id: "acme", host: "127.0.0.1", port: server.port, use_tls: false };
  await app.call("POST", "/account", account);
  await app.call("POST", "/commands/add-messages", { messages: [message("m1", { tags: { campaign: "may" } })] });
  const { pk } = await app.until("m1", "sent");
  for (const mail of [bounced(String(pk)), bounced(String(pk)), complaint({ pk: String(pk) })]) {
    const request = new Request("http://proxy.test/bounces", {
      method: "POST",
      headers: { ...MAIL, "X-API-Token": ADMIN_TOKEN },
      body: mail,
    });
    expect((await app.app.fetch(request)).status).toBe(200);
  }
  const told = () => client.calls.flatMap(({ reports }) => reports).filter(({ sent_ts }) => sent_ts === undefined);
  for (let calls = 1; told().length < 2; calls++) await client.called(calls);
  const common = { tenant_id: "acme", id: "m1", pk, account_id: "default", tags: { campaign: "may" } };
  expect(told()).toMatchObject([
    { ...common, bounce_ts: expect.any(Number), bounce_type: "hard", bounce_code: "5.1.1", smtp_code: 550 },
    { ...common, complaint_ts: expect.any(Number), complaint_type: "abuse" },
  ]);
  const metrics = await app.app.fetch(
    new Request("http://proxy.test/metrics", { headers: { "X-API-Token": ADMIN_TOKEN } }),
  );
  const labels = '{tenant_id="acme",account_id="default"} 1';
  const text = await metrics.text();
  expect(text).toContain(`mail_proxy_bounces_total${labels}`);
  expect(text).toContain(`mail_proxy_complaints_total${labels}`);
});
