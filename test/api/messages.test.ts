import { expect, test } from "vitest";
import { rows } from "../../src/db/database.ts";
import type { Content } from "../../src/queue/message.ts";
import { addTenant, apiWithTenant, message, T0, type TestApi, testApi } from "./support.ts";

async function stored(api: TestApi, id = "m"): Promise<Content> {
  const [row] = await rows<{ content: string }>(
    api.service.db,
    "select p.content from payloads p join messages m on m.seq = p.message where m.id = :id",
    { id },
  );
  return JSON.parse(row!.content) as Content;
}

async function column(api: TestApi, name: string, id = "m"): Promise<unknown> {
  const [row] = await rows(api.service.db, `select ${name} as value from messages where id = :id`, { id });
  return row?.value;
}

function rejections(body: Record<string, unknown>): { id: string | null; reason: string }[] {
  return body.rejected as { id: string | null; reason: string }[];
}

test("a message that is accepted is in the queue when the answer comes, and the dispatcher is woken", async () => {
  const { api, key } = await apiWithTenant();
  api.told.length = 0;
  const { status, body } = await api.add([message("m-1")], key);
  expect([status, body]).toEqual([200, { ok: true, queued: 1, rejected: [] }]);
  expect(api.told).toEqual(["wake"]);
  expect(await rows(api.service.db, "select tenant_id, id, state, priority from messages")).toEqual([
    { tenant_id: "acme", id: "m-1", state: "ready", priority: 2 },
  ]);
});

test("one bad message never blocks the rest; it is recorded and reported under its own id", async () => {
  const { api, key } = await apiWithTenant();
  const { status, body } = await api.add([message("good"), message("bad", { to: "nobody" }), { subject: 1 }], key);
  expect([status, body.ok, body.queued]).toEqual([200, true, 1]);
  expect(rejections(body)).toEqual([
    { id: "bad", reason: expect.stringContaining("to: ") },
    { id: null, reason: expect.stringContaining("id: is required") },
  ]);
  expect(await column(api, "state", "bad")).toBe("error");
  expect(await rows(api.service.db, "select type, report_at from events")).toEqual([{ type: "error", report_at: T0 }]);
});

test("ok is false only where validation refused everything, and then the answer is still 200", async () => {
  const { api, key } = await apiWithTenant();
  const refused = await api.add([message("bad", { to: [] })], key);
  expect([refused.status, refused.body.ok, refused.body.queued]).toEqual([200, false, 0]);
  expect(refused.body).not.toHaveProperty("error");
  expect((await api.add([], key)).body).toEqual({ ok: true, queued: 0, rejected: [] });
});

test("a message that is in flight or sent is only listed, and does not make the batch a failure", async () => {
  const { api, key } = await apiWithTenant();
  await api.add([message("flying"), message("gone")], key);
  await rows(api.service.db, "update messages set state = 'sending', token = 1 where id = 'flying'");
  await rows(api.service.db, "update messages set state = 'sent' where id = 'gone'");
  const { body } = await api.add([message("flying"), message("gone")], key);
  expect(body).toEqual({
    ok: true,
    queued: 0,
    rejected: [
      { id: "flying", reason: "being sent" },
      { id: "gone", reason: "already sent" },
    ],
  });
});

test("of two messages under one id in one batch the later is kept", async () => {
  const { api, key } = await apiWithTenant();
  const { body } = await api.add([message("m", { subject: "first" }), message("m", { subject: "second" })], key);
  expect(body).toMatchObject({ ok: true, rejected: [] });
  expect((await stored(api)).subject).toBe("second");
});

test("a rejected message never changes one that stands in the queue under its id", async () => {
  const { api, key } = await apiWithTenant();
  await api.add([message("m")], key);
  await api.add([message("m", { priority: 9 })], key);
  expect(await column(api, "state")).toBe("ready");
});

const remote = (fields: object) => file({ storage_path: "https://files.example/a", ...fields });

const REFUSED: [what: string, fields: object, reason: string][] = [
  ["an unknown field by its name", { subjct: "x" }, "subjct: unknown field"],
  ["a line break in an address", { to: "you@example.net\r\nRCPT TO:<x@y.z>" }, "to: "],
  ["a line break in a name", { from: '"A\nB" <a@example.com>' }, "from: "],
  ["a line break in the subject", { subject: "Hi\r\nBcc: x@y.z" }, "subject: must not hold a line break"],
  ["a NUL in the subject", { subject: "Hi\0" }, "subject: must not hold a line break or a NUL"],
  ["a line break in a header", { headers: { "X-A": "b\nBcc: x@y.z" } }, 'headers: "X-A" holds a line break'],
  ["a line break in a header's name", { headers: { "X-A\r\nBcc": "x" } }, "is not a header name"],
  ["a structural header", { headers: { Bcc: "x@y.z" } }, 'headers: "Bcc" cannot be set'],
  ["a MIME header", { headers: { "Content-Type": "text/html" } }, '"Content-Type" cannot be set'],
  ["a forged tracking header", { headers: { "X-Mail-Proxy-ID": "1" } }, '"X-Mail-Proxy-ID" cannot be set'],
  ["a line break in a file name", { attachments: [file({ filename: "a\r\nb" })] }, "attachments[0].filename: "],
  ["a line break in the Message-ID", { message_id: "<a@b>\r\nX: y" }, "message_id: "],
  ["a line break in the batch code", { batch_code: "a\nb" }, "batch_code: "],
  ["the batch code of the whole tenant", { batch_code: "*" }, "batch_code: "],
  ["body beside text", { text: "x" }, "body and text or html exclude each other"],
  ["content_type without body", { body: null, content_type: "html" }, "content_type belongs to body"],
  ["nobody to send to", { to: [], cc: "" }, "to: is required"],
  ["a priority that there is not", { priority: "urgent" }, "priority: must be 0 to 3"],
  ["milliseconds for seconds", { deferred_ts: T0 }, "not milliseconds"],
  ["an end in the past", { expires_ts: T0 / 1000 - 1 }, "expires_ts: must be in the future"],
  ["an end before its beginning", { deferred_ts: T0 / 1000 + 60, expires_ts: T0 / 1000 + 30 }, "expires_ts: "],
  ["never beside other notifications", { dsn: { notify: ["never", "failure"] } }, "dsn.notify: "],
  ["tags that are no texts", { tags: { a: 1 } }, "tags.a: must be text"],
  ["a path of the file system", { attachments: [file({ storage_path: "/etc/passwd" })] }, "MAIL_PROXY_ATTACHMENT_DIR"],
  ["an unknown fetch_mode", { attachments: [file({ fetch_mode: "ftp" })] }, "attachments[0].fetch_mode: "],
  [
    "a URL of another scheme",
    { attachments: [file({ storage_path: "ftp://a/b", fetch_mode: "http_url" })] },
    "an http or",
  ],
  ["a URL with credentials", { attachments: [file({ storage_path: "https://a:b@c.de/" })] }, "they belong into auth"],
  [
    "a store without a path",
    { attachments: [file({ storage_path: "s:", fetch_mode: "storage" })] },
    "must be NAME:path",
  ],
  ["an empty path", { attachments: [file({ storage_path: "" })] }, "storage_path must not be empty"],
  [
    "a server in brackets",
    { attachments: [file({ storage_path: "@[https://a.example]id=1" })] },
    "must not name a server in brackets",
  ],
  ["an MD5 that is none", { attachments: [file({ content_md5: "abc" })] }, "attachments[0].content_md5: "],
  [
    "two promises that differ",
    { attachments: [file({ filename: `a{MD5:${"1".repeat(32)}}`, content_md5: "2".repeat(32) })] },
    "content_md5 and the marker in filename differ",
  ],
  ["an auth without its token", { attachments: [remote({ auth: { method: "bearer" } })] }, "auth: needs a token"],
  ["an auth of an unknown kind", { attachments: [remote({ auth: { method: "digest" } })] }, "auth.method: "],
  ["an auth with an unknown field", { attachments: [remote({ auth: { method: "none", tokn: "x" } })] }, "auth.tokn: "],
  [
    "an auth that breaks its header",
    { attachments: [remote({ auth: { method: "bearer", token: "a\nb" } })] },
    "auth.token: ",
  ],
  [
    "an auth for what is inline",
    { attachments: [file({ auth: { method: "none" } })] },
    "auth belongs to what is fetched",
  ],
  ["what is not base64", { attachments: [file({ storage_path: "base64:SGk*" })] }, "is not base64"],
  ["base64 that is cut off", { attachments: [file({ storage_path: "base64:SGVsbG8" })] }, "is not base64"],
  ["another content than promised", { attachments: [file({ content_md5: "0".repeat(32) })] }, "another MD5"],
  ["a media type that is none", { attachments: [file({ mime_type: "text" })] }, "attachments[0].mime_type: "],
];

test("what cannot be sent is rejected in words that name the field", async () => {
  const { api, key } = await apiWithTenant();
  const { body } = await api.add(
    REFUSED.map(([what, fields]) => message(what, fields)),
    key,
  );
  expect(rejections(body)).toEqual(REFUSED.map(([id, _, reason]) => ({ id, reason: expect.stringContaining(reason) })));
});

function file(fields: object): object {
  return { filename: "a.txt", storage_path: "base64:SGVsbG8=", ...fields };
}

test("an id that is none is refused, and so not recorded", async () => {
  const { api, key } = await apiWithTenant();
  const ids = ["", "a\nb", "a\0b", "x".repeat(256), "\ud800", 7, null, {}];
  const { body } = await api.add(
    ids.map((id) => ({ ...message("x"), id })),
    key,
  );
  expect(rejections(body)).toEqual(ids.map(() => ({ id: null, reason: expect.stringContaining("id: ") })));
  expect(await rows(api.service.db, "select * from messages")).toEqual([]);
});

test("lists of addresses come as array or text; the envelope has everybody once, the mail no blind copy's name", async () => {
  const { api, key } = await apiWithTenant();
  await api.add(
    [
      message("m", {
        to: 'Ann <ann@example.net>, "Doe, Jane" <jane@example.net>',
        cc: ["ann@EXAMPLE.net", "Bob <bob@example.net>"],
        bcc: "carol@example.net",
        reply_to: ["help@example.com"],
      }),
    ],
    key,
  );
  expect(
    await rows(
      api.service.db,
      "select r.value->>0 as kind, r.value->>1 as address from messages, json_each(recipients) r",
    ),
  ).toEqual([
    { kind: "to", address: "ann@example.net" },
    { kind: "to", address: "jane@example.net" },
    { kind: "cc", address: "bob@example.net" },
    { kind: "bcc", address: "carol@example.net" },
  ]);
  expect(await stored(api)).toMatchObject({
    to: ['"Ann" <ann@example.net>', '"Doe, Jane" <jane@example.net>'],
    cc: ["ann@EXAMPLE.net", "Bob <bob@example.net>"],
    reply_to: ["help@example.com"],
  });
});

test("body is plain text, or HTML where content_type says so; text and html stand side by side", async () => {
  const { api, key } = await apiWithTenant();
  const messages = [
    message("plain"),
    message("html", { body: "<b>Hi</b>", content_type: "html" }),
    message("both", { body: undefined, text: "Hi", html: "<b>Hi</b>" }),
    message("empty", { body: undefined }),
  ];
  expect((await api.add(messages, key)).body).toMatchObject({ queued: 4 });
  expect(await stored(api, "plain")).toMatchObject({ text: "Hi" });
  expect(await stored(api, "html")).toMatchObject({ html: "<b>Hi</b>" });
  expect(await stored(api, "html")).not.toHaveProperty("text");
  expect(await stored(api, "both")).toMatchObject({ text: "Hi", html: "<b>Hi</b>" });
  expect(await stored(api, "empty")).not.toHaveProperty("text");
});

test("a moment is Unix seconds or ISO 8601, and without a zone in UTC", async () => {
  const moments: [given: unknown, offsetMs: number][] = [
    [1_800_000_060, 60_000],
    [1_800_000_000.25, 250],
    ["2027-01-15T08:01:00Z", 60_000],
    ["2027-01-15T08:01:00", 60_000],
    ["2027-01-15 08:01", 60_000],
    ["2027-01-15T09:01:00+01:00", 60_000],
    ["2027-01-16", 57_600_000],
  ];
  const { api, key } = await apiWithTenant();
  await api.add(
    moments.map(([deferred_ts], n) => message(`m-${n}`, { deferred_ts })),
    key,
  );
  const stored = await rows(api.service.db, "select state, deferred_at from messages order by id");
  expect(stored).toEqual(moments.map(([_, offsetMs]) => ({ state: "scheduled", deferred_at: T0 + offsetMs })));
});

test("what is no moment is refused", async () => {
  const { api, key } = await apiWithTenant();
  const given = ["2027-02-30x", "2027-02-30", "tomorrow", "2027-13-01", -1, ""];
  const { body } = await api.add(
    given.map((deferred_ts) => message(`m ${deferred_ts}`, { deferred_ts })),
    key,
  );
  const reason = expect.stringContaining("deferred_ts: must be Unix seconds or ISO 8601");
  expect(rejections(body).map(({ reason }) => reason)).toEqual(given.map(() => reason));
});

test("a message without an end is given up 24 hours after it was due", async () => {
  const { api, key } = await apiWithTenant();
  await api.add([message("m", { deferred_ts: T0 / 1000 + 600 })], key);
  expect(await column(api, "expires_at")).toBe(T0 + 600_000 + 86_400_000);
});

test("priority: the message's over the batch's over the account's over the instance's", async () => {
  const { api, key } = await apiWithTenant();
  const priorityOf = async (fields: object, batch: object) => {
    await api.add([message("m", fields)], key, batch);
    return column(api, "priority");
  };
  expect(await priorityOf({}, {})).toBe(2);
  await api.call("PUT", "/instance", { json: { default_priority: "low" } });
  expect(await priorityOf({}, {})).toBe(3);
  await api.post("/account", { id: "default", tenant_id: "acme", priority: 1 });
  expect(await priorityOf({}, {})).toBe(1);
  expect(await priorityOf({}, { default_priority: "medium" })).toBe(2);
  expect(await priorityOf({ priority: "immediate" }, { default_priority: 2 })).toBe(0);
});

test("the sender may be left out where the account has one", async () => {
  const { api, key } = await apiWithTenant();
  const { body } = await api.add([message("m", { from: undefined })], key);
  expect(rejections(body)).toEqual([{ id: "m", reason: expect.stringContaining("from: is required") }]);
  await api.post("/account", { id: "default", tenant_id: "acme", from_address: "Acme <hello@acme.example>" });
  await api.add([message("m", { from: undefined })], key);
  expect((await stored(api)).from).toBe("Acme <hello@acme.example>");
});

test("inline files keep their content; white space in base64 and the MD5 marker of a name vanish", async () => {
  const { api, key } = await apiWithTenant();
  const md5 = "8b1a9953c4611296a827abf8c47804d7";
  const attachments = [
    { filename: `greeting {MD5:${md5}}.txt`, storage_path: "base64:SGVs\nbG8=", content_md5: md5.toUpperCase() },
    {
      filename: "logo.png",
      storage_path: "SGVsbG8=",
      fetch_mode: "base64",
      content_id: "<logo>",
      disposition: "inline",
    },
  ];
  expect((await api.add([message("m", { attachments })], key)).body.rejected).toEqual([]);
  expect((await stored(api)).attachments).toEqual([
    { filename: "greeting.txt", content: "SGVsbG8=" },
    { filename: "logo.png", content: "SGVsbG8=", content_id: "<logo>", disposition: "inline" },
  ]);
});

test("older clients write an @ before what the endpoint is asked for, and markers that were cut short", async () => {
  const { api, key } = await apiWithTenant();
  const attachments = [
    { filename: "invoice_{MD5:abc123}.pdf", storage_path: "@doc_id=456" },
    { filename: "b {MD5:}.pdf", storage_path: "@doc_id=456", fetch_mode: "endpoint" },
  ];
  expect((await api.add([message("m", { attachments })], key)).body.rejected).toEqual([]);
  expect((await stored(api)).attachments).toEqual([
    { filename: "invoice_.pdf", fetch_mode: "endpoint", storage_path: "doc_id=456" },
    { filename: "b.pdf", fetch_mode: "endpoint", storage_path: "@doc_id=456" },
  ]);
});

test("without a tenant the only one is meant, then the one that alone has the account, else the answer says so", async () => {
  const api = await testApi();
  await addTenant(api, "acme");
  expect((await api.add([message("m")])).body.queued).toBe(1);
  await addTenant(api, "globex");
  await api.post("/account", { id: "news", tenant_id: "globex", host: "smtp.example.org" });
  expect((await api.add([message("n", { account_id: "news" })])).body.queued).toBe(1);
  expect(await column(api, "tenant_id", "n")).toBe("globex");
  const { body } = await api.add([message("o"), message("p", { tenant_id: "nobody" })]);
  expect(rejections(body)).toEqual([
    { id: "o", reason: expect.stringContaining("tenant_id is required") },
    { id: "p", reason: "there is no tenant nobody" },
  ]);
  expect(await column(api, "state", "o")).toBeUndefined();
});

test("a key's message may name no tenant but its own", async () => {
  const { api, key } = await apiWithTenant();
  await addTenant(api, "globex");
  const { body } = await api.add([message("a", { tenant_id: "acme" }), message("b", { tenant_id: "globex" })], key);
  expect(rejections(body)).toEqual([{ id: "b", reason: "tenant_id: this key opens only its own tenant" }]);
  expect(await rows(api.service.db, "select * from messages where tenant_id = 'globex'")).toEqual([]);
});

test("a batch over the limit is refused as a whole", async () => {
  const { api, key } = await apiWithTenant({ maxBatch: 2 });
  const { status, body } = await api.add([message("a"), message("b"), message("c")], key);
  expect([status, body.code]).toEqual([413, "payload_too_large"]);
});

test("a message to a thousand recipients goes, one more is refused", async () => {
  const { api, key } = await apiWithTenant();
  const to = Array.from({ length: 1_001 }, (_, n) => `r${n}@example.net`);
  expect((await api.add([message("m", { to: to.slice(1) })], key)).body.queued).toBe(1);
  expect((await api.add([message("n", { to })], key)).body.queued).toBe(0);
});
