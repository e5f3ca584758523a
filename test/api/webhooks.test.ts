/** Webhooks as a tenant has them: made, shown without their secrets, changed, removed, and their log. */
import { expect, test } from "vitest";
import { rows } from "../../src/db/database.ts";
import { addTenant, apiWithTenant, T0, type TestApi, testApi } from "./support.ts";

const URL_ = "https://shop.example.com/mail-events";
const NOW = new Date(T0).toISOString();

type Body = Record<string, unknown>;

async function made(api: TestApi, fields: object = {}, token?: string): Promise<{ id: string; secret: string }> {
  const { status, body } = await api.post("/webhooks", { endpoint: URL_, ...fields }, token);
  expect({ ...body, status }).toMatchObject({ status: 200 });
  return { id: String(body.id), secret: String(body.signing_secret) };
}

const patch = (api: TestApi, id: string, json: object, token?: string) =>
  api.call("PATCH", `/webhooks/${id}`, { json, ...(token === undefined ? {} : { token }) });

/** Deliveries that stand in the log, oldest first; answers their ids. */
async function addDeliveries(api: TestApi, webhook: string, states: string[], type = "email.sent"): Promise<string[]> {
  const ids: string[] = [];
  for (const state of states) {
    const id = `msg_${crypto.randomUUID()}`;
    ids.push(id);
    await rows(
      api.service.db,
      `insert into webhook_deliveries (id, webhook, type, payload, state, attempts, next_at, created_at)
       values (:id, :webhook, :type, '{"type":"email.sent","data":{}}', :state, 3, 1, :now)`,
      { id, webhook, type, state, now: api.now },
    );
    api.now += 1_000;
  }
  return ids;
}

const idsOf = (body: Body) => (body.data as { id: string }[]).map(({ id }) => id);
const ofLog = async (api: TestApi, id: string, query = "") =>
  idsOf((await api.get(`/webhooks/${id}/deliveries?${query}`)).body);

test("a webhook is made with a secret that is shown this once, in the fields of every client", async () => {
  const { api, key } = await apiWithTenant();
  const { status, body } = await api.post("/webhooks", { url: URL_, events: ["email.sent", "email.sent"] }, key);
  const webhook = {
    ...{ object: "webhook", id: expect.stringMatching(/^[\da-f-]{36}$/), tenant_id: "acme" },
    ...{ endpoint: URL_, url: URL_, events: ["email.sent"], status: "enabled", active: true },
    ...{ created_at: NOW, createdAt: NOW, updated_at: NOW, secretRotatedAt: null, previousSecretExpiresAt: null },
    ...{ consecutiveFailures: 0, failing_since: null, disabledAt: null, disabledReason: null },
    ...{ lastDeliveryAt: null, lastDeliveryStatus: null, pending_deliveries: 0 },
  };
  const secret = expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/);
  const secrets = { signing_secret: secret, signingSecret: body.signing_secret };
  expect([status, body]).toEqual([200, { ok: true, ...webhook, webhook, ...secrets }]);
  const path = `/webhooks/${body.id}`;
  expect((await api.get(path, key)).body).toEqual({ ok: true, ...webhook, webhook, signing_secret: "whsec_********" });
  const { body: list } = await api.get("/webhooks", key);
  expect(list).toEqual({ ok: true, object: "list", has_more: false, data: [webhook], webhooks: [webhook] });
  const stored = JSON.stringify(await rows(api.service.db, "select * from webhooks"));
  expect(stored).not.toContain(body.signing_secret);
  await api.service.commandLog.settled();
  expect((await api.get("/command-log")).text).not.toContain(body.signing_secret);
  expect(api.told).toContain("webhooks");
});

test.each([
  ["no URL", {}, "endpoint is required"],
  ["two URLs", { endpoint: URL_, url: "https://other.example" }, "two names of one field"],
  ["what is no URL", { endpoint: "shop" }, "endpoint: must be an http or https URL"],
  ["credentials in the URL", { endpoint: "https://me:pw@shop.example.com" }, "endpoint: must hold no credentials"],
  ["an event that there is none of", { endpoint: URL_, events: ["contact.created"] }, "events[0]: must be one of"],
  ["the event of tests", { endpoint: URL_, events: ["webhook.test"] }, "events[0]: must be one of email.sent"],
  ["no event at all", { endpoint: URL_, events: [] }, "events: must name an event"],
  ["an unknown field", { endpoint: URL_, secret: "x" }, "secret: unknown field"],
])("a webhook with %s is refused", async (_, json, words) => {
  const { api, key } = await apiWithTenant();
  const { status, body } = await api.post("/webhooks", json, key);
  expect([status, body.code]).toEqual([422, "validation_failed"]);
  expect(body.error).toContain(words);
  expect((await api.get("/webhooks", key)).body.data).toEqual([]);
});

test("a tenant's key names public addresses only, the admin whatever it likes", async () => {
  const { api, key } = await apiWithTenant();
  const publicOnly = async () => (await rows(api.service.db, "select public_only from webhooks"))[0]?.public_only;
  for (const endpoint of ["http://127.0.0.1/hook", "http://10.0.0.5/", "http://hooks.internal/", "http://[::1]/"])
    expect((await api.post("/webhooks", { endpoint }, key)).body.code, endpoint).toBe("validation_failed");
  const { id } = await made(api, { endpoint: "http://10.0.0.5/hook" });
  expect(await publicOnly()).toBe(0);
  expect((await patch(api, id, { url: "http://10.0.0.6/hook" }, key)).status).toBe(422);
  expect((await patch(api, id, { url: URL_ }, key)).status).toBe(200);
  expect(await publicOnly()).toBe(1);
  expect((await patch(api, id, { events: ["email.failed"] })).status).toBe(200);
  expect(await publicOnly()).toBe(1);
  expect((await patch(api, id, { url: "http://10.0.0.6/hook" })).status).toBe(200);
  expect(await publicOnly()).toBe(0);
});

test("where private hosts are allowed, a tenant's key may name them", async () => {
  const { api, key } = await apiWithTenant({ allowPrivateHosts: true });
  expect((await api.post("/webhooks", { endpoint: "http://127.0.0.1/hook" }, key)).status).toBe(200);
});

test("a tenant has at most 20, and the admin says whose they are", async () => {
  const { api, key } = await apiWithTenant();
  await addTenant(api, "globex");
  for (let n = 0; n < 20; n++) await made(api, { endpoint: `${URL_}/${n}` }, key);
  const { status, body } = await api.post("/webhooks", { endpoint: URL_ }, key);
  expect([status, body.error]).toEqual([409, "a tenant has at most 20 webhooks"]);
  expect((await api.post("/webhooks", { endpoint: URL_ })).body.error).toContain("tenant_id is required");
  expect((await api.post("/webhooks?tenant_id=none", { endpoint: URL_ })).status).toBe(404);
  expect((await api.post("/webhooks?tenant_id=globex", { endpoint: URL_ })).body.tenant_id).toBe("globex");

  const all = idsOf((await api.get("/webhooks", key)).body);
  const page = async (query: string) => {
    const { body: found } = await api.get(`/webhooks?${query}`, key);
    return [idsOf(found), found.has_more];
  };
  expect(await page("limit=3")).toEqual([all.slice(0, 3), true]);
  expect(await page(`limit=3&after=${all[16]}`)).toEqual([all.slice(17), false]);
  expect(await page(`limit=3&before=${all[16]}`)).toEqual([all.slice(13, 16), true]);
});

test("what changed while there was no webhook is nobody's news, and what comes after the first one is", async () => {
  const { api, key } = await apiWithTenant();
  const feed = async () => (await rows(api.service.db, "select event from webhook_feed"))[0]?.event;
  const happen = "insert into events (tenant_id, message, type, at, data) values ('acme', 1, 'sent', 0, '{}')";
  await rows(api.service.db, happen);
  expect(await feed()).toBeUndefined();
  const first = await made(api, {}, key);
  expect(await feed()).toBe(1);
  await rows(api.service.db, happen);
  const second = await made(api, {}, key);
  expect(await feed()).toBe(1);
  for (const { id } of [first, second]) await api.call("DELETE", `/webhooks/${id}`, { token: key });
  await made(api, {}, key);
  expect(await feed()).toBe(2);
});

test("a change keeps what it does not name; enabled and status are one", async () => {
  const { api, key } = await apiWithTenant();
  const { id } = await made(api, { events: ["email.sent"] }, key);
  expect((await patch(api, id, { events: ["email.failed", "email.bounced"] }, key)).body).toMatchObject({
    ...{ endpoint: URL_, events: ["email.failed", "email.bounced"], status: "enabled" },
  });
  expect((await patch(api, id, { events: null }, key)).body.events).toBeNull();
  expect((await patch(api, id, { enabled: false }, key)).body).toMatchObject({
    ...{ status: "disabled", active: false, webhook: { active: false, disabledReason: null } },
  });
  expect((await patch(api, id, { status: "enabled" }, key)).body.active).toBe(true);
  expect((await patch(api, id, {}, key)).body.status).toBe("enabled");
  for (const json of [{ events: [] }, { status: "paused" }, { status: "enabled", enabled: false }, { name: "x" }])
    expect((await patch(api, id, json, key)).status, JSON.stringify(json)).toBe(422);
  for (const method of ["GET", "DELETE"])
    expect((await api.call(method, "/webhooks/none", { token: key })).status).toBe(404);
  expect((await patch(api, "none", {}, key)).status).toBe(404);
});

test("one that was disabled for its failures is as new when it is enabled, and its line goes on at once", async () => {
  const { api, key } = await apiWithTenant();
  const { id } = await made(api, {}, key);
  await rows(
    api.service.db,
    `update webhooks set status = 'disabled', disabled_reason = 'HTTP 410', disabled_at = :now, failing_since = :now, failures = 9`,
    { now: T0 },
  );
  const [first, , poor] = await addDeliveries(api, id, ["pending", "pending", "pending"]);
  await rows(api.service.db, "update webhook_deliveries set aside = 1 where id = :id", { id: poor! });
  await rows(api.service.db, "update webhook_deliveries set next_at = :later", { later: T0 + 9_999_999 });
  expect((await api.get(`/webhooks/${id}`, key)).body).toMatchObject({
    ...{ status: "disabled", disabledReason: "HTTP 410", disabledAt: NOW, failing_since: NOW, consecutiveFailures: 9 },
    pending_deliveries: 3,
  });
  expect((await api.post(`/webhooks/${id}/test`, undefined, key)).status).toBe(409);
  expect((await patch(api, id, { status: "enabled" }, key)).body).toMatchObject({
    ...{ status: "enabled", disabledReason: null, disabledAt: null, failing_since: null, consecutiveFailures: 0 },
  });
  const due = await rows(api.service.db, "select id from webhook_deliveries where next_at <= :now", { now: api.now });
  expect(due).toEqual([{ id: first }, { id: poor }]);
});

test("a deleted webhook takes its log with it, however long that is", async () => {
  const { api, key } = await apiWithTenant();
  const [{ id }, other] = [await made(api, {}, key), await made(api, {}, key)];
  for (const webhook of [id, other.id])
    await rows(
      api.service.db,
      `insert into webhook_deliveries (id, webhook, type, payload, state, created_at)
       select :webhook || value, :webhook, 'email.sent', '{}', 'delivered', 0 from generate_series(1, 2500)`,
      { webhook },
    );
  await rows(
    api.service.db,
    "insert into webhook_attempts select seq, 1, 0, 0, 200, null, null from webhook_deliveries",
  );
  expect((await api.call("DELETE", `/webhooks/${id}`, { token: key })).body).toEqual({
    ...{ ok: true, object: "webhook", id, deleted: true, success: true },
  });
  for (const table of ["webhook_deliveries", "webhook_attempts"])
    expect(await rows(api.service.db, `select count(*) as n from ${table}`)).toEqual([{ n: 2_500 }]);
  expect(idsOf((await api.get("/webhooks", key)).body)).toEqual([other.id]);
});

test("another secret is shown once, and says until when the one before signs too", async () => {
  const { api, key } = await apiWithTenant();
  const { id, secret } = await made(api, {}, key);
  for (const path of ["rotate-secret", "signing-secret/rotate"]) {
    const { body } = await api.post(`/webhooks/${id}/${path}`, undefined, key);
    expect(body.signing_secret).toMatch(/^whsec_/);
    expect(body.signing_secret).not.toBe(secret);
    expect(body).toMatchObject({ id, signingSecret: body.signing_secret, secretRotatedAt: NOW });
    expect(body.previousSecretExpiresAt).toBe(new Date(T0 + 86_400_000).toISOString());
  }
  const { body } = await api.post(`/webhooks/${id}/rotate-secret`, { overlap_seconds: 0 }, key);
  expect(body.previousSecretExpiresAt).toBeNull();
  const [stored] = await rows(api.service.db, "select secret_previous from webhooks");
  expect(stored).toEqual({ secret_previous: null });
});

test("the log is read by cursor, by the last id and by page, newest first, and filtered", async () => {
  const { api } = await apiWithTenant();
  const [{ id }, other] = [await made(api), await made(api)];
  const old = await addDeliveries(api, id, ["delivered", "failed", "pending"]);
  const middle = new Date(api.now).toISOString();
  const late = await addDeliveries(api, id, ["missed", "delivered"], "email.bounced");
  await addDeliveries(api, other.id, ["delivered"]);
  const all = [...old, ...late].toReversed();
  expect(await ofLog(api, id)).toEqual(all);
  expect(await ofLog(api, id, "state=delivered")).toEqual([all[0], all[4]]);
  expect(await ofLog(api, id, "event_type=email.bounced")).toEqual(all.slice(0, 2));
  expect(await ofLog(api, id, `since=${middle}`)).toEqual(all.slice(0, 2));
  expect(await ofLog(api, id, `until=${middle}`)).toEqual(all.slice(2));
  const { body } = await api.get(`/webhooks/${id}/deliveries?limit=2`);
  expect(body).toMatchObject({ object: "list", has_more: true, next_cursor: expect.any(String) });
  expect(await ofLog(api, id, `limit=2&cursor=${body.next_cursor}`)).toEqual(all.slice(2, 4));
  expect(await ofLog(api, id, `limit=2&after=${all[1]}`)).toEqual(all.slice(2, 4));
  expect(body.pagination).toBeNull();
  const { body: paged } = await api.get(`/webhooks/${id}/events?page=2&per_page=2`);
  expect(idsOf(paged)).toEqual(all.slice(2, 4));
  expect(paged.pagination).toEqual({ page: 2, perPage: 2, total: 5, totalPages: 3 });
  expect(paged.deliveries).toEqual(paged.data);
  expect(paged.data).toMatchObject([
    { state: "pending", status: "attempting", next_attempt_at: new Date(1).toISOString() },
    { state: "failed", status: "failed", next_attempt_at: null, attempt_count: 3 },
  ]);
  expect((await api.get(`/webhooks/${id}/deliveries?state=sent`)).status).toBe(422);
  expect((await api.get(`/webhooks/${id}/deliveries/none`)).status).toBe(404);
  expect((await api.get(`/webhooks/${other.id}/deliveries/${all[0]}`)).status).toBe(404);
});

test("a range is replayed the oldest first, as far as the limit goes, and on from there", async () => {
  const { api } = await apiWithTenant();
  const { id } = await made(api);
  await addDeliveries(api, id, ["failed"]);
  const since = new Date(api.now).toISOString();
  const ids = await addDeliveries(api, id, ["failed", "delivered", "missed", "pending", "failed"]);
  const pending = async () => (await ofLog(api, id, "state=pending")).toReversed();
  const replay = (json: object, name = "replay") => api.post(`/webhooks/${id}/deliveries/${name}`, json);

  const { body } = await replay({ since, states: ["failed", "missed"], limit: 2 });
  expect(body).toEqual({ ok: true, replayed: 2, remaining: 1, next_cursor: expect.any(String) });
  expect(await pending()).toEqual([ids[0], ids[2], ids[3]]);
  // What was replayed may have been delivered by now: behind the cursor it does not come again.
  await rows(api.service.db, "update webhook_deliveries set state = 'delivered' where id = :id", { id: ids[0]! });
  expect((await replay({ since, cursor: body.next_cursor })).body).toMatchObject({ replayed: 1, next_cursor: null });
  expect(await pending()).toEqual([ids[2], ids[3], ids[4]]);
  const anew = await rows(
    api.service.db,
    "select attempts, next_at, aside, delivered_at from webhook_deliveries where id = :id",
    { id: ids[4]! },
  );
  expect(anew).toEqual([{ attempts: 0, next_at: api.now, aside: 0, delivered_at: null }]);

  const inMinutes = { withinMinutes: 1, eventType: "email.sent", limit: 10 };
  expect((await replay(inMinutes, "batch-replay")).body).toMatchObject({ replayed: 3, remaining: 0 });
  expect((await replay({})).body.error).toContain("since: is required");
  for (const json of [
    { since, limit: 0 },
    { since, states: ["pending"] },
    { since, cursor: "x" },
  ])
    expect((await replay(json)).status, JSON.stringify(json)).toBe(422);
  await patch(api, id, { status: "disabled" });
  expect((await replay({ since })).status).toBe(409);
  expect((await api.post(`/webhooks/${id}/deliveries/${ids[0]}/replay`)).status).toBe(409);
});

test("a replay, another URL and enabling it end the rest after a failure, but not a call that is under way", async () => {
  const { api } = await apiWithTenant();
  const { id } = await made(api);
  const [delivery] = await addDeliveries(api, id, ["failed"]);
  const path = `/webhooks/${id}/deliveries`;
  const endings = [
    () => api.post(`${path}/${delivery}/replay`),
    () => api.post(`${path}/replay`, { since: 0 }),
    () => patch(api, id, { status: "enabled" }),
    () => patch(api, id, { url: `${URL_}/2` }),
  ];
  for (const token of [null, 7])
    for (const end of endings) {
      const until = api.now + 30_000;
      await rows(api.service.db, "update webhooks set token = :token, lease_until = :until", { token, until });
      expect((await end()).status).toBe(200);
      const [lease] = await rows(api.service.db, "select lease_until from webhooks");
      expect(lease).toEqual({ lease_until: token === null ? null : until });
    }
});

test("a log of many deliveries is read page by page without being read as a whole", async () => {
  const api = await testApi();
  await addTenant(api, "acme");
  const { id } = await made(api);
  await rows(
    api.service.db,
    `insert into webhook_deliveries (id, webhook, type, payload, state, created_at)
     select 'msg_' || value, :id, 'email.sent', '{}', 'pending', value from generate_series(1, 30000)`,
    { id },
  );
  const { body } = await api.get(`/webhooks/${id}/deliveries?page=100&per_page=100`);
  expect(body.pagination).toEqual({ page: 100, perPage: 100, total: 10_000, totalPages: 100 });
  expect((await api.get(`/webhooks/${id}`)).body.pending_deliveries).toBe(10_000);
});
