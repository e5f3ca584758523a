/** Clients of the reference's code, entity by entity: its paths and bodies, our handlers, its shapes where they differ. */
import { expect, test } from "vitest";
import { ALIASES } from "../../src/api/aliases.ts";
import { OPERATIONS } from "../../src/api/openapi/operations.ts";
import { rows } from "../../src/db/database.ts";
import { ADMIN, addTenant, apiWithTenant, message, T0, type TestApi, testApi } from "./support.ts";

/** What it sends of a message. */
const theirs = (id: string, fields: object = {}) => {
  const { from, ...rest } = message(id, { tenant_id: "acme", account_id: "default", ...fields });
  return { ...rest, from_addr: from };
};

/** An answer that need be no object. */
async function value(api: TestApi, method: "GET" | "POST", path: string, json?: unknown, token: string = ADMIN) {
  const { status, text } = await api.call(method, path, { token, ...(json === undefined ? {} : { json }) });
  return { status, value: JSON.parse(text) as unknown };
}

test("every path of its code is there, and none without a token", async () => {
  const { api } = await apiWithTenant();
  for (const { at } of ALIASES) {
    const [method = "", path = ""] = at.split(" ");
    expect((await api.call(method, path, { token: null })).status, at).toBe(401);
    const { status, body } = await api.call(method, path, method === "POST" ? { json: { nonsense: 1 } } : {});
    expect([status, body.code], at).not.toContain(500);
    expect(String(body.error ?? ""), at).not.toContain("there is no");
  }
  expect((await api.get("/instance/health", null)).body).toMatchObject({ status: "ok" });
});

test("a message is added under from_addr, looked at, listed, counted and deleted", async () => {
  const { api, key } = await apiWithTenant();
  const added = await api.post("/messages/add", theirs("m1"), key);
  expect([added.status, added.body]).toMatchObject([200, { ok: true, id: "m1", pk: expect.any(String) }]);
  const batch = { messages: [theirs("m2", { batch_code: "june" }), theirs("m3", { to: "nobody" })] };
  const { body } = await api.post("/messages/add_batch", batch, key);
  expect(body).toMatchObject({ ok: true, queued: 1, rejected: [{ id: "m3" }] });
  expect(await rows(api.service.db, "select count(*) as n from payloads")).toEqual([{ n: 2 }]);

  const got = await api.get("/messages/get?message_id=m1&tenant_id=acme");
  expect(got.body).toMatchObject({ id: "m1", pk: added.body.pk, status: "pending" });
  const listed = await value(api, "GET", "/messages/list?tenant_id=acme&active_only=true");
  expect(listed).toMatchObject({ status: 200, value: [{ id: "m2" }, { id: "m1" }] });
  expect(await value(api, "GET", "/messages/count_active")).toEqual({ status: 200, value: 2 });
  const pending = "/messages/count_pending_for_tenant?tenant_id=acme&batch_code=june";
  expect(await value(api, "GET", pending)).toEqual({ status: 200, value: 1 });

  expect(await value(api, "POST", "/messages/delete", { message_pk: added.body.pk })).toEqual({
    status: 200,
    value: true,
  });
  expect(await value(api, "POST", "/messages/delete", { message_pk: added.body.pk })).toEqual({
    status: 200,
    value: false,
  });
  const gone = await api.post("/messages/delete_batch", { tenant_id: "acme", ids: ["m2", "m9"] });
  expect(gone.body).toMatchObject({ ok: true, removed: 1, not_found: ["m9"] });
});

test("a token may come in either header", async () => {
  const { api, key } = await apiWithTenant();
  const headers = { Authorization: `Bearer ${key}` };
  const added = await api.call("POST", "/messages/add", { token: null, json: theirs("m"), headers });
  expect([added.status, added.body.id]).toEqual([200, "m"]);
});

test("one message that is not taken is a failure with its reason", async () => {
  const { api, key } = await apiWithTenant();
  const bad = await api.post("/messages/add", theirs("m", { to: "nobody" }), key);
  expect([bad.status, bad.body]).toMatchObject([422, { ok: false, code: "validation_failed" }]);
  expect(bad.body.error).toContain("is not an address");
  await api.post("/messages/add", theirs("n"), key);
  await rows(api.service.db, "update messages set state = 'sent' where id = 'n'");
  const twice = await api.post("/messages/add", theirs("n"), key);
  expect([twice.status, twice.body.error]).toEqual([409, "already sent"]);
});

test("a list tells with its messages what happened to them, and in a header where it goes on", async () => {
  const { api, key } = await apiWithTenant();
  await api.add([message("a"), message("b")], key);
  await api.post("/messages/a/cancel", undefined, key);
  const history = await value(api, "GET", "/messages/list?tenant_id=acme&include_history=true");
  expect(history.value).toMatchObject([
    { id: "b", events: [] },
    { id: "a", events: [{ event: "canceled" }] },
  ]);
  const first = await api.get("/messages/list?tenant_id=acme&limit=1");
  const second = `/messages/list?tenant_id=acme&limit=1&cursor=${first.headers.get("X-Next-Cursor")}`;
  expect((await value(api, "GET", second)).value).toMatchObject([{ id: "a" }]);
});

test("cleanup, which deletes, is a POST alone", async () => {
  const { api } = await apiWithTenant();
  const cleaned = await api.post("/messages/cleanup", { tenant_id: "acme", older_than_seconds: 60 });
  expect(cleaned.body).toEqual({ ok: true, removed: 0 });
  expect((await api.get("/messages/cleanup")).status).toBe(404);
});

test("a new tenant comes with its key, which opens it; null leaves a field as it is", async () => {
  const api = await testApi();
  const added = await api.post("/tenants/add", { id: "acme", name: "Acme", client_base_url: null, active: true });
  const key = String(added.body.api_key);
  expect((await api.get("/tenants/get?tenant_id=acme", key)).body).toMatchObject({ ok: true, name: "Acme" });
  expect((await api.post("/tenants/add", { id: "acme" })).body).not.toHaveProperty("api_key");
  const updated = await api.post("/tenants/update", {
    tenant_id: "acme",
    name: null,
    client_base_url: "https://a.example",
  });
  expect(updated.body).toMatchObject({ name: "Acme", client_base_url: "https://a.example" });
  expect((await value(api, "GET", "/tenants/list?active_only=true")).value).toMatchObject([{ id: "acme" }]);
  const renewed = await api.post("/tenants/create_api_key", { tenant_id: "acme", expires_at: T0 / 1000 + 60 });
  expect((await api.get("/messages", key)).status).toBe(401);
  expect((await api.get("/messages", String(renewed.body.api_key))).status).toBe(200);
  expect((await api.post("/tenants/revoke_api_key", { tenant_id: "acme" })).status).toBe(200);
  expect((await api.get("/messages", String(renewed.body.api_key))).status).toBe(401);
  expect(await value(api, "POST", "/tenants/delete", { tenant_id: "acme" })).toEqual({ status: 200, value: true });
});

test("batches are suspended and activated under either entity, accounts saved and deleted", async () => {
  const { api } = await apiWithTenant();
  for (const entity of ["tenants/%_batch", "instance/%"]) {
    const path = (verb: string) => `/${entity.replace("%", verb)}`;
    const suspended = await api.post(path("suspend"), { tenant_id: "acme", batch_code: "june" });
    expect(suspended.body).toMatchObject({ ok: true, suspended_batches: ["june"] });
    expect((await api.post(path("activate"), { tenant_id: "acme" })).body).toMatchObject({ suspended_batches: [] });
  }
  const account = {
    id: "bulk",
    tenant_id: "acme",
    host: "smtp.example.com",
    port: 465,
    use_tls: true,
    batch_size: null,
  };
  expect((await api.post("/accounts/add", account)).body).toMatchObject({ id: "bulk", tls: "implicit" });
  expect((await value(api, "GET", "/accounts/list?tenant_id=acme")).value).toMatchObject([
    { id: "bulk" },
    { id: "default" },
  ]);
  expect((await api.get("/accounts/get?tenant_id=acme&account_id=bulk")).body).toMatchObject({ id: "bulk" });
  expect((await api.post("/accounts/delete", { tenant_id: "acme", account_id: "bulk" })).status).toBe(200);
  expect((await api.get("/accounts/get?tenant_id=acme&account_id=bulk")).status).toBe(404);
});

test("the instance and its log answer under their other names", async () => {
  const { api } = await apiWithTenant();
  api.told.length = 0;
  expect((await api.post("/instance/run_now", { tenant_id: null })).body).toEqual({ ok: true });
  expect(api.told).toEqual(["run-now undefined"]);
  await api.post("/instance/update", { name: "prod", default_priority: null });
  expect((await api.get("/instance/get")).body).toMatchObject({ ok: true, name: "prod" });
  expect((await api.get("/instance/status")).body).toMatchObject({ ok: true, active: true });
  expect((await api.get("/instance/get_sync_status")).body).toMatchObject({ tenants: [{ id: "acme" }] });

  const log = (await value(api, "GET", "/command_log/list?limit=2")).value as Record<string, unknown>[];
  expect(log).toMatchObject([
    { endpoint: "POST /instance/update", payload: { name: "prod" }, result: { ok: true, name: "prod" } },
    { endpoint: "POST /instance/run_now", tenant_id: null },
  ]);
  expect((await api.get(`/command_log/get?command_id=${log[1]!.id}`)).body).toMatchObject({ id: log[1]!.id });
  expect((await api.get("/command_log/get?command_id=4711")).status).toBe(404);
  const exported = (await value(api, "GET", `/command_log/export?since_ts=${T0 / 1000}`)).value;
  expect(exported).toHaveLength(5);
  const purged = await api.post("/command_log/purge", { threshold_ts: T0 / 1000 + 1 });
  expect(purged.body).toEqual({ ok: true, deleted: 5 });
});

test("a log of many pages is exported as one list, an empty one as an empty list", async () => {
  const { api, key } = await apiWithTenant();
  await Promise.all(Array.from({ length: 2_100 }, () => api.post("/commands/run-now", undefined, key)));
  const exported = (await value(api, "GET", "/command_log/export")).value as { id: number }[];
  expect(exported.map(({ id }) => id)).toEqual(Array.from({ length: 2_103 }, (_, n) => n + 1));
  expect((await value(api, "GET", "/command_log/export?until_ts=1")).value).toEqual([]);
});

test("no alias opens another tenant's, or what is the admin's", async () => {
  const { api, key } = await apiWithTenant();
  const other = await addTenant(api, "globex");
  const { body } = await api.post("/messages/add", theirs("m"), key);
  expect((await api.get("/messages/get?message_id=m&tenant_id=acme", other)).status).toBe(403);
  expect((await api.get("/messages/get?message_id=m", other)).status).toBe(404);
  expect((await value(api, "POST", "/messages/delete", { message_pk: body.pk }, other)).value).toBe(false);
  expect((await value(api, "GET", "/messages/count_active", undefined, other)).value).toBe(0);
  expect((await api.post("/messages/add", theirs("n"), other)).status).toBe(422);
  for (const at of ["/tenants/add", "/tenants/delete", "/instance/update", "/command_log/purge"])
    expect((await api.post(at, { id: "x", tenant_id: "globex", threshold_ts: 1 }, other)).status, at).toBe(403);
});

test("the log knows whose affair a call under another path was, and what came of it", async () => {
  const { api, key } = await apiWithTenant();
  await addTenant(api, "globex");
  await api.post("/tenants/update", { tenant_id: "acme", name: "Acme" });
  const both = [theirs("m", { subject: "ours" }), theirs("n", { tenant_id: "globex", subject: "not for acme" })];
  expect((await api.post("/messages/add_batch", { messages: both })).body).toMatchObject({ queued: 2 });
  const { text, body } = await api.get("/command-log?limit=1", key);
  expect(body.commands).toMatchObject([
    { endpoint: "POST /tenants/update", tenant_id: "acme", status: 200, result: { ok: true, name: "Acme" } },
  ]);
  expect(text).not.toContain("not for acme");
});

test("whatever is described of an alias is known there, whichever name it has behind", async () => {
  const { api } = await apiWithTenant();
  for (const { at } of ALIASES) {
    const { body, query } = OPERATIONS[at]!;
    const names = Object.keys(Reflect.get(body ?? query ?? {}, "entries"));
    for (const name of names) {
      const [method = "", path = ""] = at.split(" ");
      const json = { [name]: at === "POST /messages/add_batch" && name === "messages" ? [theirs("m")] : [] };
      const { body: answered } = await (method === "GET" ? api.get(`${path}?${name}=`) : api.post(path, json));
      expect(JSON.stringify(answered), `${name} of ${at}`).not.toContain(`unknown field`);
    }
  }
});

test("older names of filters work, the route's own too; both at once, or what is no flag, are refused by name", async () => {
  const { api } = await apiWithTenant();
  const count = async (query: string) =>
    ((await value(api, "GET", `/command_log/list?${query}`)).value as unknown[]).length;
  const later = T0 / 1000 + 1;
  expect([await count(`since_ts=${later}`), await count(`since=${later}`), await count("")]).toEqual([0, 0, 3]);
  const refused = async (path: string) => (await api.get(path)).body.details;
  expect(await refused(`/command_log/list?since_ts=1&since=2`)).toEqual([
    { path: "since_ts", message: "unknown field" },
  ]);
  expect(await refused("/messages/list?include_history=maybe")).toEqual([
    { path: "include_history", message: "must be true or false" },
  ]);
});

test("errors have the one shape: unknown fields by name, what is missing, what is not JSON", async () => {
  const { api } = await apiWithTenant();
  const unknown = await api.get("/accounts/list?tenant_id=acme&nmae=x");
  expect([unknown.status, unknown.body]).toMatchObject([
    422,
    {
      ok: false,
      details: [{ path: "nmae", message: "unknown field" }],
      request_id: unknown.headers.get("X-Request-Id"),
    },
  ]);
  const missing = await api.post("/tenants/update", { name: "x" });
  expect([missing.status, missing.body.details]).toEqual([422, [{ path: "tenant_id", message: "is required" }]]);
  expect((await api.call("POST", "/tenants/update", { body: "{}" })).status).toBe(415);
  const stray = await api.post("/instance/suspend?tenant_id=acme", { batch_code: "june" });
  expect([stray.status, stray.body.details]).toEqual([422, [{ path: "tenant_id", message: "belongs into the body" }]]);
  const nobody = await api.post("/messages/delete_batch", { tenant_id: "", ids: ["m"] });
  expect([nobody.status, nobody.body.details]).toMatchObject([422, [{ path: "tenant_id" }]]);
  const twice = await api.get("/messages/list?limit=1&limit=2");
  expect([twice.status, twice.body.details]).toEqual([422, [{ path: "limit", message: "must be given once" }]]);
  expect((await api.post("/tenants/update", [])).status).toBe(422);
  const half = await api.post("/tenants/revoke_api_key", { tenant_id: "\ud800" });
  expect([half.status, half.body.details]).toMatchObject([422, [{ path: "tenant_id" }]]);
  expect((await api.post("/tenants/update", { tenant_id: ".." })).status).toBe(404);
});
