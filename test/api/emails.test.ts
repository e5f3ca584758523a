/** The email API, as far as it sends: what both of its clients say becomes an ordinary message, once. */
import { expect, test } from "vitest";
import { Once } from "../../src/api/emails-once.ts";
import { rows } from "../../src/db/database.ts";
import { addTenant, apiWithTenant, T0, type TestApi } from "./support.ts";

const ONE = { from: "Shop <shop@example.com>", to: ["bob@example.net"], subject: "Order 17", text: "On its way." };

/** The message behind an answer, with what it says. */
async function stored(api: TestApi, id: unknown): Promise<Record<string, unknown>> {
  const { status, body } = await api.get(`/messages/${id}?include=payload&tenant_id=acme`);
  expect(status).toBe(200);
  return body;
}

const count = async (api: TestApi) =>
  (await rows<{ n: number }>(api.service.db, "select count(*) as n from messages"))[0]?.n;

const withKey = (key: string) => ({ headers: { "Idempotency-Key": key } });

test("an email is an ordinary message, whose id and pk are its id; answered when it is durable", async () => {
  const { api, key } = await apiWithTenant();
  api.told.length = 0;
  const { status, body } = await api.post("/emails", ONE, key);
  expect([status, body]).toEqual([200, { ok: true, object: "email", id: expect.stringMatching(/^[\w-]{36}$/) }]);
  const message = await stored(api, body.id);
  expect(message).toMatchObject({ pk: body.id, id: body.id, status: "pending", account_id: "default", priority: 2 });
  expect(message.payload).toEqual({ ...ONE, to: ["bob@example.net"] });
  expect(api.told).toEqual(["wake"]);
});

test("every field finds its place in the message; null is the same as absent", async () => {
  const { api, key } = await apiWithTenant();
  const email = {
    ...ONE,
    to: "bob@example.net, eve@example.net",
    cc: null,
    bcc: [],
    reply_to: ["help@example.com", "sales@example.com"],
    html: "<p>On its way.</p>",
    headers: { "X-Entity-Ref-ID": "17" },
    attachments: [
      { filename: "a.txt", content: "aGVsbG8=", path: null, content_type: "text/plain" },
      { filename: "b.txt", content: { type: "Buffer", data: [104, 105] } },
      { path: "https://files.example.com/some%20terms.pdf?v=2" },
      { filename: false, content: "aGVsbG8=", content_id: "logo" },
    ],
    tags: [{ name: "kind", value: "order" }],
    scheduled_at: "2027-02-01T10:00:00+01:00",
    priority: "high",
    batch_code: "orders",
    metadata: { order: "17" },
    template: null,
    topic_id: null,
    idempotency_key: null,
  };
  const { body } = await api.post("/emails", email, key);
  expect(await stored(api, body.id)).toMatchObject({
    deferred_ts: Date.parse("2027-02-01T09:00:00Z") / 1000,
    priority: 1,
    batch_code: "orders",
    payload: {
      to: ["bob@example.net", "eve@example.net"],
      reply_to: ["help@example.com", "sales@example.com"],
      html: "<p>On its way.</p>",
      headers: { "X-Entity-Ref-ID": "17" },
      attachments: [
        { filename: "a.txt", content: "aGVsbG8=", mime_type: "text/plain" },
        { filename: "b.txt", content: "aGk=" },
        {
          filename: "some terms.pdf",
          fetch_mode: "http_url",
          storage_path: "https://files.example.com/some%20terms.pdf?v=2",
        },
        { filename: "attachment", content: "aGVsbG8=", content_id: "logo" },
      ],
      tags: { kind: "order" },
      metadata: { order: "17" },
    },
  });
});

test("an email to one person gets its link to unsubscribe", async () => {
  const { api, key } = await apiWithTenant({ publicUrl: "https://mail.example.com" });
  const { body } = await api.post("/emails", { ...ONE, unsubscribe: true }, key);
  const { payload } = await stored(api, body.id);
  expect(payload).toMatchObject({ list_unsubscribe: expect.stringContaining("https://mail.example.com") });
});

test("tags are taken as names alone, too", async () => {
  const { api, key } = await apiWithTenant();
  const { body } = await api.post("/emails", { ...ONE, tags: ["order", "vip"] }, key);
  expect((await stored(api, body.id)).payload).toMatchObject({ tags: { order: "", vip: "" } });
});

test("an email goes through the account whose sender it names, in any spelling; else through the default one", async () => {
  const { api, key } = await apiWithTenant();
  const account = (id: string, from_address: string) =>
    api.post("/account", { id, tenant_id: "acme", host: "smtp.example.com", from_address });
  await account("news", "News <News@Example.com>");
  await account("shop", "shop@example.com");
  const through = async (fields: object) => {
    const { body } = await api.post("/emails", { ...ONE, ...fields }, key);
    return (await stored(api, body.id)).account_id;
  };
  expect(await through({ from: "Anna <news@EXAMPLE.com>" })).toBe("news");
  expect(await through({ from: "shop@example.com" })).toBe("shop");
  expect(await through({ from: "other@example.com" })).toBe("default");
  expect(await through({ from: "news@example.com", account_id: "shop" })).toBe("shop");
});

test.each([
  ["in 1 min", T0 + 60_000],
  ["2027-01-16", Date.parse("2027-01-16T00:00:00Z")],
  ["tomorrow at 9am", Date.parse("2027-01-16T09:00:00Z")],
  ["tomorrow at 9am PST", Date.parse("2027-01-16T17:00:00Z")],
])("an email that is to go %s waits until then", async (scheduled_at, dueAt) => {
  const { api, key } = await apiWithTenant();
  const { body } = await api.post("/emails", { ...ONE, scheduled_at }, key);
  const message = await stored(api, body.id);
  expect(message).toMatchObject({ deferred_ts: dueAt / 1000, expires_ts: dueAt / 1000 + 86_400 });
});

test.each<[string, object, string, string]>([
  ["no recipient", { to: undefined }, "to", "missing_required_field"],
  ["an address that is none", { to: ["nobody"] }, "to", "validation_error"],
  ["a sender that is none", { from: "nobody" }, "from", "invalid_from_address"],
  ["neither html nor text", { text: undefined }, "html", "missing_required_field"],
  ["a path that is no URL", { attachments: [{ path: "/etc/passwd" }] }, "attachments[0]", "invalid_attachment"],
  [
    "a path that is another URL",
    { attachments: [{ path: "file:///etc/passwd" }] },
    "attachments[0]",
    "invalid_attachment",
  ],
  ["no base64", { attachments: [{ filename: "a", content: "?" }] }, "attachments[0]", "invalid_attachment"],
  ["an empty attachment", { attachments: [{ filename: "a" }] }, "attachments[0]", "invalid_attachment"],
  ["no moment", { scheduled_at: "some day" }, "scheduled_at", "validation_error"],
  ["no date", { scheduled_at: "2027-13-01" }, "scheduled_at", "validation_error"],
  ["a template", { template: { id: "t1" } }, "template", "validation_error"],
  ["a typo", { sbject: "x" }, "sbject", "validation_error"],
  ["a tag twice", { tags: ["a", { name: "a", value: "b" }] }, "tags", "validation_error"],
  ["a Bcc header", { headers: { Bcc: "eve@example.net" } }, "headers", "validation_error"],
  ["two to unsubscribe", { to: ["a@b.example", "c@d.example"], unsubscribe: true }, "unsubscribe", "validation_error"],
])("%s is refused by name, in the clients' words and our own", async (_, fields, path, name) => {
  const { api, key } = await apiWithTenant();
  const { status, body } = await api.post("/emails", { ...ONE, ...fields }, key);
  expect([status, body.statusCode, body.code, body.name]).toEqual([422, 422, "validation_failed", name]);
  expect(body.details).toMatchObject([{ path }]);
  expect(body.message).toBe(body.error);
  expect(await count(api)).toBe(0);
});

test("a failure of any kind is told as these clients read it, there and nowhere else", async () => {
  const { api, key } = await apiWithTenant({ maxBodyBytes: 2_048 });
  const failure = async (method: string, path: string, options: object = {}) => {
    const { status, body } = await api.call(method, path, { token: key, ...options });
    expect(body.statusCode).toBe(status);
    expect(body.message).toBe(body.error);
    return [status, body.name];
  };
  const text = { body: "a=b", headers: { "Content-Type": "text/plain" } };
  const broken = { body: "{", headers: { "Content-Type": "application/json" } };
  expect(await failure("POST", "/emails", { token: null, json: ONE })).toEqual([401, "missing_api_key"]);
  expect(await failure("POST", "/emails", { token: "wrong", json: ONE })).toEqual([401, "invalid_api_key"]);
  expect(await failure("POST", "/emails?tenant_id=globex", { json: ONE })).toEqual([403, "restricted_api_key"]);
  expect(await failure("GET", "/emails/nothing")).toEqual([404, "not_found"]);
  expect(await failure("PUT", "/emails", { json: ONE })).toEqual([405, "method_not_allowed"]);
  expect(await failure("POST", "/emails", { json: { ...ONE, text: "x".repeat(4_096) } })).toEqual([
    413,
    "validation_error",
  ]);
  expect(await failure("POST", "/emails", text)).toEqual([415, "validation_error"]);
  expect(await failure("POST", "/emails", broken)).toEqual([400, "validation_error"]);
  expect(await failure("GET", "/webhooks/nothing")).toEqual([404, "not_found"]);
  api.draining = true;
  expect(await failure("POST", "/emails/batch", { json: [ONE] })).toEqual([503, "application_error"]);
  expect((await api.get("/nowhere")).body).not.toHaveProperty("statusCode");
});

test("the admin's token sends for the only tenant, or the one that it names", async () => {
  const { api } = await apiWithTenant();
  expect((await api.post("/emails", ONE)).status).toBe(200);
  await addTenant(api, "globex");
  expect((await api.post("/emails", ONE)).body).toMatchObject({
    code: "validation_failed",
    name: "missing_required_field",
  });
  const { body } = await api.post("/emails?tenant_id=acme", ONE);
  expect(await stored(api, body.id)).toMatchObject({ tenant_id: "acme" });
  expect((await api.post("/emails?tenant_id=nobody", ONE)).status).toBe(404);
});

test("a key that was revoked elsewhere a moment ago sends nothing", async () => {
  const { api, key } = await apiWithTenant();
  await api.post("/emails", ONE, key);
  await api.service.db.client.execute("update tenants set api_key_hash = null");
  expect((await api.post("/emails", ONE, key)).status).toBe(401);
  expect(await count(api)).toBe(1);
});

test("a bare array is taken whole, or not at all: the refusal names each fault", async () => {
  const { api, key } = await apiWithTenant();
  const good = await api.post("/emails/batch", [ONE, { ...ONE, scheduled_at: "in 1 hour" }], key);
  const ids = [{ id: expect.any(String) }, { id: expect.any(String) }];
  expect([good.status, good.body]).toEqual([200, { ok: true, object: "list", data: ids }]);
  expect(await count(api)).toBe(2);

  const bad = await api.post("/emails/batch", [ONE, { ...ONE, to: ["nobody"] }, { ...ONE, sbject: "x" }], key);
  expect([bad.status, bad.body.name]).toEqual([422, "validation_error"]);
  expect(bad.body.message).toMatch(/^emails\[1\]\.to: .+; emails\[2\]\.sbject: unknown field$/);
  const admitted = await api.post("/emails/batch", [ONE, { ...ONE, account_id: "nothing" }], key);
  expect([admitted.status, admitted.body.message]).toEqual([422, "emails[1]: tenant acme has no account nothing"]);
  expect(await count(api)).toBe(2);
});

test("a permissive batch tells apart what it took and what it did not", async () => {
  const { api, key } = await apiWithTenant();
  const permissive = { "x-batch-validation": "permissive" };
  const json = [{ ...ONE, to: ["nobody"] }, ONE, { ...ONE, scheduled_at: "some day" }];
  const { status, body } = await api.call("POST", "/emails/batch", { token: key, json, headers: permissive });
  expect([status, body.data]).toEqual([200, [{ id: expect.any(String) }]]);
  expect(body.errors).toEqual([
    { index: 0, message: expect.stringMatching(/^to: /) },
    { index: 2, message: expect.stringMatching(/^scheduled_at: must be/) },
  ]);
  const all = await api.call("POST", "/emails/batch", { token: key, json: [ONE], headers: permissive });
  expect(all.body).toMatchObject({ data: [{ id: expect.any(String) }], errors: [] });
});

test("emails in an object are each taken for themselves, and answered in their order", async () => {
  const { api, key } = await apiWithTenant();
  const { status, body } = await api.post("/emails/batch", { emails: [{ ...ONE, to: ["nobody"] }, ONE] }, key);
  expect([status, body.object]).toEqual([200, "list"]);
  expect(body.data).toEqual([
    { error: expect.stringMatching(/^to: /), code: "validation_failed" },
    { id: expect.any(String) },
  ]);
  expect(await count(api)).toBe(1);
});

test.each<[string, unknown, Record<string, string>]>([
  ["more than 100", Array(101).fill(ONE), {}],
  ["none", [], {}],
  ["something else", { mails: [ONE] }, {}],
  ["another validation", [ONE], { "x-batch-validation": "loose" }],
  ["keys of its own", [{ ...ONE, idempotency_key: "k" }], {}],
])("a batch of %s is refused", async (_, json, headers) => {
  const { api, key } = await apiWithTenant();
  const { status } = await api.call("POST", "/emails/batch", { token: key, json, headers });
  expect([status, await count(api)]).toEqual([422, 0]);
});

test("names of very many recipients are not read at all", async () => {
  const { api, key } = await apiWithTenant();
  const many = { ...ONE, to: ",".repeat(20_001) };
  for (const [path, json] of [
    ["/emails", many],
    ["/emails/batch", [many]],
    ["/emails/batch", { emails: [many] }],
  ] as const)
    expect((await api.post(path, json, key)).status).toBe(413);
});

test("a repetition under the same key sends nothing and answers as the first did, and wakes nobody", async () => {
  const { api, key } = await apiWithTenant();
  api.told.length = 0;
  const call = { token: key, json: ONE, ...withKey("order-17") };
  const first = await api.call("POST", "/emails", call);
  const second = await api.call("POST", "/emails", call);
  expect(first.body).not.toHaveProperty("replayed");
  expect(second.body).toEqual({ ...first.body, replayed: true });
  expect(await count(api)).toBe(1);
  expect(api.told).toEqual(["wake"]);
});

test("a repetition is answered though it could not be sent any more", async () => {
  const { api, key } = await apiWithTenant();
  const call = { token: key, json: { ...ONE, account_id: "default" }, ...withKey("k") };
  const first = await api.call("POST", "/emails", call);
  await api.call("DELETE", "/account/default?tenant_id=acme&force=true");
  expect((await api.call("POST", "/emails", call)).body).toEqual({ ...first.body, replayed: true });
});

test("another payload under a key is refused, and other keys, tenants and times are others", async () => {
  const { api, key } = await apiWithTenant();
  const theirs = await addTenant(api, "globex");
  const send = (fields: object, token = key, name = "k") =>
    api.call("POST", "/emails", { token, json: { ...ONE, ...fields }, ...withKey(name) });
  await send({});
  const { status, body } = await send({ subject: "Another" });
  expect([status, body.name, body.code]).toEqual([409, "invalid_idempotent_request", "invalid_idempotent_request"]);
  expect((await send({}, theirs)).body).not.toHaveProperty("replayed");
  expect((await send({}, key, "l")).body).not.toHaveProperty("replayed");
  expect(await count(api)).toBe(3);
  api.now += 24 * 3_600_000 - 1;
  expect((await send({})).body.replayed).toBe(true);
  api.now += 1;
  expect((await send({ subject: "Another" })).body).not.toHaveProperty("replayed");
  expect((await send({ subject: "Another" })).body.replayed).toBe(true);
});

test("the key in the body wins over the header's, for as long as it says", async () => {
  const { api, key } = await apiWithTenant();
  const send = (header: string, fields: object) =>
    api.call("POST", "/emails", { token: key, json: { ...ONE, ...fields }, ...withKey(header) });
  const first = await send("random-1", { idempotency_key: "order-17", idempotency_window_hours: 72 });
  const second = await send("random-2", { idempotency_key: "order-17" });
  expect(second.body).toEqual({ ...first.body, replayed: true });
  api.now += 71 * 3_600_000;
  expect((await send("random-3", { idempotency_key: "order-17" })).body.replayed).toBe(true);
  api.now += 3_600_000;
  expect((await send("random-4", { idempotency_key: "order-17" })).body).not.toHaveProperty("replayed");
});

test("one key is for a whole batch, whatever became of its emails", async () => {
  const { api, key } = await apiWithTenant();
  const json = { emails: [ONE, { ...ONE, to: ["nobody"] }], idempotency_key: "news" };
  const first = await api.post("/emails/batch", json, key);
  expect((await api.post("/emails/batch", json, key)).body).toEqual({ ...first.body, replayed: true });
  const bare = { token: key, json: [ONE, ONE], ...withKey("bare") };
  const second = await api.call("POST", "/emails/batch", bare);
  expect((await api.call("POST", "/emails/batch", bare)).body).toEqual({ ...second.body, replayed: true });
  expect(await count(api)).toBe(3);
});

test("a request that stored nothing leaves its key free", async () => {
  const { api, key } = await apiWithTenant();
  const send = (json: unknown, path = "/emails") => api.call("POST", path, { token: key, json, ...withKey("k") });
  expect((await send({ ...ONE, account_id: "later" })).status).toBe(422);
  expect((await send({ emails: [{ ...ONE, to: [] }] }, "/emails/batch")).status).toBe(200);
  await api.post("/account", { id: "later", tenant_id: "acme", host: "smtp.example.com" });
  expect((await send({ ...ONE, account_id: "later" })).status).toBe(200);
});

test.each(["", "k".repeat(257), "\ud800"])("a key that is none is a 400: %j", async (idempotency_key) => {
  const { api, key } = await apiWithTenant();
  const { status, body } = await api.post("/emails", { ...ONE, idempotency_key }, key);
  expect([status, body.name, body.code]).toEqual([400, "invalid_idempotency_key", "invalid_idempotency_key"]);
});

test("of requests under one key at the same moment one sends, and all get its id", async () => {
  const { api, key } = await apiWithTenant();
  const call = { token: key, json: ONE, ...withKey("k") };
  const answers = await Promise.all(Array.from({ length: 20 }, () => api.call("POST", "/emails", call)));
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
  expect(answers.filter(({ body }) => body.replayed === undefined)).toHaveLength(1);
  expect(await count(api)).toBe(1);
});

test("whoever waits too long for the first request under a key is told that it is under way", async () => {
  const { api } = await apiWithTenant();
  const once = new Once(api.service, 20);
  let begin = (): void => undefined;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  let finish = (): void => undefined;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const request = { tenantId: "acme", name: "k", payload: ONE };
  const first = once.run(request, async () => {
    begin();
    await finished;
    return { id: "1" };
  });
  await begun;
  const second = once.run(request, async () => ({ id: "2" }));
  await expect(second).rejects.toMatchObject({ code: "concurrent_idempotent_requests", status: 409 });
  finish();
  expect(await first).toEqual({ id: "1" });
  expect(await once.run(request, async () => ({ id: "3" }))).toEqual({ id: "3" });
});

test("a tenant's keys go with it", async () => {
  const { api, key } = await apiWithTenant();
  await api.call("POST", "/emails", { token: key, json: ONE, ...withKey("k") });
  await api.call("DELETE", "/tenant/acme?force=true");
  expect(await rows(api.service.db, "select * from idempotency_keys")).toEqual([]);
});
