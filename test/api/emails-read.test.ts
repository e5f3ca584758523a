/** Emails that were sent, by whichever way, as either client of the email API reads and changes them. */
import { expect, test } from "vitest";
import { submit } from "../../src/api/submit.ts";
import { rows } from "../../src/db/database.ts";
import { rawMail } from "../../src/mime/raw.ts";
import { addTenant, apiWithTenant, message, T0, type TestApi } from "./support.ts";

const AT_T0 = new Date(T0).toISOString();
const encoder = new TextEncoder();

/** Takes a message in, and answers its pk. */
async function add(api: TestApi, key: string, id: string, fields: object = {}): Promise<string> {
  await api.add([message(id, fields)], key);
  return String((await api.get(`/messages/${id}`, key)).body.pk);
}

/** As if it came over SMTP. */
async function addRaw(api: TestApi, text: string): Promise<string> {
  const mail = rawMail(encoder.encode(text));
  const submitted = await submit(api.service, { mail, tenantId: "acme", id: crypto.randomUUID() });
  if ("rejected" in submitted) throw new Error(submitted.rejected);
  return submitted.message.pk;
}

async function happened(api: TestApi, id: string, type: string, data: object = {}, at = T0): Promise<void> {
  await rows(
    api.service.db,
    "insert into events (tenant_id, message, type, at, data) select tenant_id, seq, :type, :at, :data from messages where id = :id",
    { id, type, at, data: JSON.stringify(data) },
  );
}

const listed = async (api: TestApi, key: string, query: string) => {
  const { status, body } = await api.get(`/emails${query}`, key);
  expect([query, status]).toEqual([query, 200]);
  return body as { has_more: boolean; meta: object; data: Record<string, unknown>[] };
};
const subjects = async (api: TestApi, key: string, query: string) =>
  (await listed(api, key, query)).data.map(({ subject }) => subject);

test("an email is shown in the fields of either client, whatever it is asked for by", async () => {
  const { api, key } = await apiWithTenant();
  const pk = await add(api, key, "m", {
    from: "Zoë <zoe@example.com>",
    to: ["Ann <ann@example.net>", "bob@example.net"],
    cc: "carl@example.net",
    reply_to: "help@example.com",
    body: null,
    text: "Thank you.",
    html: "<p>Thank you.</p>",
    headers: { "X-Order": "17" },
    tags: { order: "", kind: "b2b" },
  });
  const { body } = await api.get("/emails/m", key);
  expect((await api.get(`/emails/${pk}`, key)).body).toEqual(body);
  expect(body).toEqual({
    ok: true,
    object: "email",
    id: pk,
    message_id: `<${pk}@example.com>`,
    from: "Zoë <zoe@example.com>",
    to: ["Ann <ann@example.net>", "bob@example.net"],
    cc: ["carl@example.net"],
    bcc: null,
    reply_to: ["help@example.com"],
    subject: "Hello",
    html: "<p>Thank you.</p>",
    text: "Thank you.",
    created_at: AT_T0,
    scheduled_at: null,
    last_event: "queued",
    tags: [
      { name: "order", value: "" },
      { name: "kind", value: "b2b" },
    ],
    email: {
      id: pk,
      publicId: pk,
      from: "Zoë <zoe@example.com>",
      to: ["Ann <ann@example.net>", "bob@example.net"],
      subject: "Hello",
      status: "queued",
      createdAt: AT_T0,
      sentAt: null,
      scheduledAt: null,
      fromAddress: "zoe@example.com",
      fromName: "Zoë",
      toAddresses: ["ann@example.net", "bob@example.net"],
      ccAddresses: ["carl@example.net"],
      bccAddresses: null,
      replyTo: ["help@example.com"],
      headers: { "X-Order": "17" },
      tags: ["kind:b2b", "order"],
      htmlBody: "<p>Thank you.</p>",
      textBody: "Thank you.",
      events: [
        {
          id: "0",
          type: "queued",
          eventType: "queued",
          timestamp: AT_T0,
          createdAt: AT_T0,
          metadata: null,
          emailId: pk,
        },
      ],
    },
  });
});

test("the Message-ID that is shown is the one that it goes out with, its own or the application's", async () => {
  const { api, key } = await apiWithTenant();
  await add(api, key, "m", { message_id: "<17@shop.example>" });
  expect((await api.get("/emails/m", key)).body).toMatchObject({ message_id: "<17@shop.example>" });
  const pk = await add(api, key, "idn", { from: "app@exämple.com" });
  expect((await api.get("/emails/idn", key)).body).toMatchObject({ message_id: `<${pk}@xn--exmple-cua.com>` });
});

test("a ready-made mail shows who, whom and what, and its texts, unless it is long", async () => {
  const { api, key } = await apiWithTenant();
  const head =
    "From: Shop <shop@example.com>\r\nTo: ann@example.net\r\nMessage-ID: <17@shop.example>\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n";
  const short = await addRaw(api, `${head}Content-Type: text/html\r\n\r\n<p>Thank you.</p>\r\n`);
  expect((await api.get(`/emails/${short}`, key)).body).toMatchObject({
    from: "shop@example.com",
    to: ["ann@example.net"],
    subject: "Grüße",
    message_id: "<17@shop.example>",
    html: "<p>Thank you.</p>\n",
    text: null,
  });
  const long = await addRaw(
    api,
    `${head.replace("17@", "18@")}List-ID: <news.example.com>\r\n\r\n${"Thank you.\r\n".repeat(30_000)}`,
  );
  expect((await api.get(`/emails/${long}`, key)).body).toMatchObject({ subject: "Grüße", html: null, text: null });
  const codes = (await api.get(`/emails/${long}/insights`, key)).body.warnings as { code: string }[];
  expect(codes.map(({ code }) => code)).toEqual(["missing_list_unsubscribe"]);
});

test("what was refused when it came in is shown as failed, with nothing that was never kept", async () => {
  const { api, key } = await apiWithTenant();
  await api.add([message("bad", { to: "nobody" })], key);
  const { status, body } = await api.get("/emails/bad", key);
  expect([status, body.last_event, body.from, body.message_id]).toEqual([200, "failed", "", null]);
  expect((await listed(api, key, "")).data).toMatchObject([{ status: "failed", fromAddress: "", to: [] }]);
  for (const what of ["events", "insights"]) expect((await api.get(`/emails/bad/${what}`, key)).status).toBe(200);
});

test("what happened is told oldest first, in the words of its clients, and with all that is known of it", async () => {
  const { api, key } = await apiWithTenant();
  const pk = await add(api, key, "m");
  const later = T0 + 5_000;
  await happened(api, "m", "deferred", { deferred_reason: "451 later", attempt: 1 });
  await happened(api, "m", "sent", { smtp_code: 250 });
  await happened(api, "m", "bounce", { bounce_type: "soft", bounce_code: "4.2.2", bounce_reason: "full" }, later);
  await happened(api, "m", "bounce", { bounce_type: "hard", bounce_code: "5.1.1", bounce_reason: "gone" }, later);
  await happened(api, "m", "complaint", { complaint_type: "abuse", complaint_reason: "spam" }, later);
  await happened(api, "m", "unsubscribed", {}, later);
  const { body } = await api.get("/emails/m/events", key);
  expect(body.object).toBe("list");
  expect(body.data).toEqual(body.events);
  const events = body.events as Record<string, unknown>[];
  const words = ["queued", "deferred", "sent", "soft_bounced", "bounced", "complained", "unsubscribed"];
  expect(events.map(({ type }) => type)).toEqual(words);
  expect(events.map(({ eventType }) => eventType)).toEqual(words);
  expect(events[1]).toMatchObject({ emailId: pk, metadata: { deferred_reason: "451 later", attempt: 1 } });
  expect(events[4]).toMatchObject({
    timestamp: new Date(later).toISOString(),
    metadata: { bounce_code: "5.1.1", bounce_reason: "gone" },
  });
  expect(events.at(-1)?.metadata).toBeNull();
  expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
});

test("how far an email has come is told in the words of either client, in lists too", async () => {
  const { api, key } = await apiWithTenant();
  const states = {
    scheduled: "state = 'scheduled', deferred_at = created_at + 60000",
    deferred: "state = 'scheduled', attempts = 1, deferred_at = created_at + 60000",
    sending: "state = 'sending'",
    sent: "state = 'sent', finished_at = created_at + 1000",
    delivered: "state = 'sent'",
    suppressed: "state = 'error', error = 'suppressed'",
    failed: "state = 'error'",
    canceled: "state = 'canceled'",
  };
  for (const [id, row] of Object.entries(states)) {
    await add(api, key, id, { subject: id });
    await rows(api.service.db, `update messages set ${row} where id = :id`, { id });
  }
  await happened(api, "delivered", "delivered");
  const shown = async (id: string) => {
    const { last_event, scheduled_at, email } = (await api.get(`/emails/${id}`, key)).body;
    return [last_event, (email as { status: string }).status, scheduled_at];
  };
  const soon = new Date(T0 + 60_000).toISOString();
  expect(await shown("scheduled")).toEqual(["scheduled", "queued", soon]);
  expect(await shown("deferred")).toEqual(["delivery_delayed", "deferred", soon]);
  expect(await shown("sending")).toEqual(["queued", "sending", null]);
  expect(await shown("sent")).toEqual(["sent", "delivered", null]);
  expect(await shown("delivered")).toEqual(["delivered", "delivered", null]);
  expect(await shown("suppressed")).toEqual(["suppressed", "failed", null]);
  expect(await shown("failed")).toEqual(["failed", "failed", null]);
  expect(await shown("canceled")).toEqual(["canceled", "failed", null]);
  expect(await subjects(api, key, "?status=queued")).toEqual(["scheduled"]);
  expect(await subjects(api, key, "?status=delivered")).toEqual(["delivered", "sent"]);
  expect(await subjects(api, key, "?status=failed")).toEqual(["canceled", "failed", "suppressed"]);
  expect(await subjects(api, key, "?status=bounced")).toEqual([]);
  const [sent] = (await listed(api, key, "?subject=sent")).data;
  expect(sent).toMatchObject({ last_event: "sent", status: "delivered", sentAt: new Date(T0 + 1_000).toISOString() });
});

test("a list is turned by the last one seen or by number, and every item has the fields of both clients", async () => {
  const { api, key } = await apiWithTenant();
  const pks: string[] = [];
  for (const id of ["a", "b", "c"]) pks.unshift(await add(api, key, id, { subject: id, tags: { [id]: "" } }));
  const [c, b, a] = pks;
  const page = await listed(api, key, "");
  expect(page).toMatchObject({
    object: "list",
    has_more: false,
    meta: { page: 1, perPage: 20, total: 3, totalPages: 1 },
  });
  expect(page.data[0]).toEqual({
    object: "email",
    id: c,
    message_id: `<${c}@example.com>`,
    from: "app@example.com",
    to: ["you@example.net"],
    cc: null,
    bcc: null,
    reply_to: null,
    subject: "c",
    created_at: AT_T0,
    scheduled_at: null,
    last_event: "queued",
    publicId: c,
    status: "queued",
    createdAt: AT_T0,
    sentAt: null,
    scheduledAt: null,
    fromAddress: "app@example.com",
    fromName: null,
    toAddresses: ["you@example.net"],
    ccAddresses: null,
    bccAddresses: null,
    replyTo: null,
    headers: null,
    tags: ["c"],
  });
  expect(await listed(api, key, "?limit=1")).toMatchObject({ has_more: true, data: [{ id: c }] });
  expect(await listed(api, key, `?limit=1&after=${c}`)).toMatchObject({ has_more: true, data: [{ id: b }] });
  expect(await listed(api, key, "?limit=2&after=b")).toMatchObject({ has_more: false, data: [{ id: a }] });
  expect(await listed(api, key, `?before=${b}`)).toMatchObject({ has_more: false, data: [{ id: c }] });
  expect(await listed(api, key, "?page=2&per_page=2")).toMatchObject({
    has_more: false,
    data: [{ id: a }],
    meta: { page: 2, perPage: 2, total: 3, totalPages: 2 },
  });
  expect(await subjects(api, key, "?tag=b&to=you@&from=app@&subject=b")).toEqual(["b"]);
});

test("a day means all of it, at either end", async () => {
  const { api, key } = await apiWithTenant();
  const now = Date.now(); // pks are made by the real clock
  api.now = now;
  await add(api, key, "m");
  const day = new Date(now).toISOString().slice(0, 10);
  const before = new Date(now - 86_400_000).toISOString().slice(0, 10);
  expect(await subjects(api, key, `?date_from=${day}&date_to=${day}`)).toEqual(["Hello"]);
  expect(await subjects(api, key, `?date_to=${before}`)).toEqual([]);
  expect(await subjects(api, key, `?date_from=${new Date(now + 1).toISOString()}`)).toEqual([]);
});

test("what is asked for wrongly is refused by the name of the parameter", async () => {
  const { api, key } = await apiWithTenant();
  const pk = await add(api, key, "m");
  const wrong: [string, string][] = [
    [`after=${pk}&before=${pk}`, "after"],
    [`page=1&after=${pk}`, "page"],
    ["limit=5&per_page=5", "limit"],
    ["limit=101", "limit"],
    ["page=0", "page"],
    ["after=unknown", "after"],
    ["status=opened", "status"],
    ["date_to=2026-02-30", "date_to"],
    ["date_from=yesterday", "date_from"],
    ["provider=gmail", "provider"],
  ];
  for (const [query, path] of wrong) {
    const { status, body } = await api.get(`/emails?${query}`, key);
    expect([query, status, body.details]).toMatchObject([query, 422, [{ path }]]);
  }
});

test("an email that waits is given another moment, in ISO 8601 or in English, and the dispatcher hears of it", async () => {
  const { api, key } = await apiWithTenant();
  const pk = await add(api, key, "m", { deferred_ts: T0 / 1000 + 60 });
  const move = (scheduled_at: unknown, id = pk) =>
    api.call("PATCH", `/emails/${id}`, { token: key, json: { scheduled_at } });
  const due = async () => (await api.get("/emails/m", key)).body.scheduled_at;
  api.told.length = 0;
  const moment = new Date(T0 + 7_200_000).toISOString();
  expect((await move(moment)).body).toEqual({ ok: true, object: "email", id: pk, success: true });
  expect(await due()).toBe(moment);
  expect((await move("in 1 hour", "m")).body).toEqual({ ok: true, object: "email", id: pk, success: true });
  expect(await due()).toBe(new Date(T0 + 3_600_000).toISOString());
  expect(api.told).toEqual(["wake", "wake"]);
  for (const wrong of ["when pigs fly", "", 17, null]) expect((await move(wrong)).status).toBe(422);
  expect(await due()).toBe(new Date(T0 + 3_600_000).toISOString());
  const unknown = await api.call("PATCH", `/emails/${pk}`, {
    token: key,
    json: { scheduled_at: moment, subject: "x" },
  });
  expect(unknown.body.details).toMatchObject([{ path: "subject" }]);
});

test("an email that waits is canceled, with a body or without; what does not wait is refused in words", async () => {
  const { api, key } = await apiWithTenant();
  for (const id of ["a", "b", "c"]) await add(api, key, id);
  const cancel = (id: string, json?: unknown) => api.post(`/emails/${id}/cancel`, json, key);
  expect((await cancel("a")).body).toMatchObject({ object: "email", success: true });
  expect((await cancel("b", { reason: "changed my mind" })).status).toBe(200);
  const notJson = await api.call("POST", "/emails/c/cancel", { token: key, body: "not json" });
  expect(notJson.status).toBe(200);
  expect((await api.get("/emails/c", key)).body.last_event).toBe("canceled");
  api.now += 1_000;
  const again = await cancel("a");
  expect([again.status, again.body.error]).toEqual([409, "cannot cancel this email: it was canceled already"]);
  const moved = await api.call("PATCH", "/emails/a", { token: key, json: { scheduled_at: "in 1 hour" } });
  expect([moved.status, moved.body.error]).toEqual([409, "cannot reschedule this email: it was canceled"]);
});

test("an unknown email is told as these clients read it", async () => {
  const { api, key } = await apiWithTenant();
  const id = crypto.randomUUID();
  const answers = [
    await api.get(`/emails/${id}`, key),
    await api.get(`/emails/${id}/events`, key),
    await api.get(`/emails/${id}/insights`, key),
    await api.post(`/emails/${id}/cancel`, undefined, key),
    await api.call("PATCH", `/emails/${id}`, { token: key, json: { scheduled_at: "in 1 hour" } }),
  ];
  for (const { status, body } of answers) {
    expect(status).toBe(404);
    expect(body).toMatchObject({ statusCode: 404, name: "not_found", message: "there is no such email" });
  }
});

test("the admin names the tenant where there are several, and none where there is one", async () => {
  const { api } = await apiWithTenant();
  await api.add([message("m")]);
  expect((await api.get("/emails/m")).status).toBe(200);
  await addTenant(api, "globex");
  expect((await api.get("/emails/m")).status).toBe(422);
  expect((await api.get("/emails/m?tenant_id=acme")).status).toBe(200);
  expect((await api.get("/emails/m?tenant_id=globex")).status).toBe(404);
  expect((await api.get("/emails?tenant_id=globex")).body.data).toEqual([]);
});

test("insights speak of what the email lacks, by its account's address too", async () => {
  const { api, key } = await apiWithTenant();
  await api.post("/account", { id: "default", tenant_id: "acme", from_address: "shop@example.org" });
  await add(api, key, "m", { body: null, html: "<p>Click here to unsubscribe from all of it, at any time.</p>" });
  const { body } = await api.get("/emails/m/insights", key);
  const warnings = body.warnings as Record<string, string>[];
  expect(warnings.map(({ code }) => code)).toEqual(["missing_text_body", "missing_list_unsubscribe", "unaligned_from"]);
  for (const { type, code, message: words, severity } of warnings) {
    expect([type, severity]).toEqual([code, "warning"]);
    expect(words).not.toBe("");
  }
});
