import { expect, test } from "vitest";
import { rows } from "../../src/db/database.ts";
import { apiWithTenant, message, testApi } from "./support.ts";

test("an account is created with the defaults, and updated field by field", async () => {
  const { api } = await apiWithTenant();
  const account = { id: "news", tenant_id: "acme", host: "smtp.example.org", user: "u", limit_per_hour: 100 };
  const created = await api.post("/account", account);
  expect(created.body).toMatchObject({
    ok: true,
    created: true,
    port: 587,
    tls: "opportunistic",
    ttl: 300,
    state: "ok",
    sent_last_minute: 0,
  });
  const updated = await api.post("/account", { id: "news", tenant_id: "acme", port: 465, limit_per_hour: null });
  expect(updated.body).toMatchObject({
    created: false,
    host: "smtp.example.org",
    user: "u",
    port: 465,
    limit_per_hour: null,
  });
  expect((await api.get("/account/news?tenant_id=acme")).body).toMatchObject({ id: "news", port: 465 });
  expect((await api.get("/accounts?tenant_id=acme")).body.accounts).toHaveLength(2);
});

test("every field of an account is taken, kept and shown", async () => {
  const { api } = await apiWithTenant();
  const given = {
    host: "smtp.example.org",
    port: 2525,
    user: "u",
    tls: "starttls",
    tls_verify: false,
    auth_method: "cram-md5",
    ehlo_name: "mail.example.org",
    from_address: "Acme <a@example.org>",
    limit_per_minute: 1,
    limit_per_hour: 2,
    limit_per_day: 3,
    limit_behavior: "reject",
    batch_size: 4,
    max_connections: 5,
    max_messages_per_connection: 6,
    ttl: 7,
    ascii_attachments: true,
    suppress_send: true,
    retry_delays: [8, 9],
    is_pec_account: true,
    imap_host: "imap.example.org",
    imap_port: 993,
    imap_user: "i",
    imap_folder: "INBOX",
    imap_ssl: false,
    imap_tls_verify: true,
    imap_ca: "-----BEGIN CERTIFICATE-----",
  };
  const secrets = { password: "p", imap_password: "q" };
  const { status } = await api.post("/account", { id: "full", tenant_id: "acme", ...given, ...secrets });
  expect(status).toBe(200);
  const { body } = await api.get("/account/full?tenant_id=acme");
  expect(body).toMatchObject({ ...given, has_password: true, has_imap_password: true });
});

test.each<[string, object]>([
  ["a new one without a host", { host: undefined }],
  ["a port out of range", { port: 70_000 }],
  ["a line break in its host", { host: "a.b\r\nc" }],
  ["a line break in its user", { user: "a\nb" }],
  ["a sender that is none", { from_address: "nobody" }],
  ["a limit of nothing", { limit_per_minute: 0 }],
  ["a field that there is not", { pasword: "x" }],
  ["an EHLO name with a space", { ehlo_name: "a b" }],
  ["certificates of its mailbox that are none", { imap_ca: "PEM" }],
])("an account is refused for %s", async (_, fields) => {
  const { api } = await apiWithTenant();
  const { status, body } = await api.post("/account", {
    id: "x",
    tenant_id: "acme",
    host: "smtp.example.org",
    ...fields,
  });
  expect([status, body.code]).toEqual([422, "validation_failed"]);
});

test("saving an account ends its pause and opens its connections anew", async () => {
  const { api } = await apiWithTenant();
  const paused = "update accounts set faults = 3, paused_until = :until, last_error = 'refused'";
  await rows(api.service.db, paused, { until: api.now + 60_000 });
  expect((await api.get("/account/default")).body).toMatchObject({ state: "paused", last_error: "refused" });
  api.told.length = 0;
  await api.post("/account", { id: "default", tenant_id: "acme" });
  expect((await api.get("/account/default")).body).toMatchObject({ state: "ok", paused_until: null });
  expect(api.told).toEqual([expect.stringMatching(/^account \d+$/)]);
});

test("an account with waiting messages goes only by force, and its messages are given up and reported", async () => {
  const { api, key } = await apiWithTenant();
  await api.add([message("m")], key);
  expect((await api.call("DELETE", "/account/default", { token: key })).status).toBe(409);
  expect((await api.call("DELETE", "/account/default?force=true", { token: key })).body).toMatchObject({
    failed_messages: 1,
  });
  expect((await api.get("/messages/m", key)).body).toMatchObject({ status: "error", error: "account deleted" });
  expect((await api.get("/account/default", key)).status).toBe(404);
  expect((await api.add([message("n")], key)).body.queued).toBe(0);
});

test("where tenants share an account's id the admin must say whose is meant", async () => {
  const { api } = await apiWithTenant();
  await api.post("/tenant", { id: "globex" });
  await api.post("/account", { id: "default", tenant_id: "globex", host: "smtp.example.org" });
  expect((await api.get("/account/default")).status).toBe(409);
  expect((await api.get("/account/default?tenant_id=globex")).body.host).toBe("smtp.example.org");
});

test.each(["localhost", "10.0.0.1", "0x7f.1", "[::1]", "mail.internal", "sandbox"])(
  "a tenant key cannot name the host %s; the admin may reach into its own network",
  async (host) => {
    const { api, key } = await apiWithTenant();
    expect((await api.post("/account", { id: "x", host }, key)).status).toBe(422);
    expect((await api.post("/account", { id: "x", host: "smtp.example.org", imap_host: host }, key)).status).toBe(422);
    const byAdmin = await api.post("/account", { id: "x", tenant_id: "acme", host });
    expect(byAdmin.status).toBe(host === "sandbox" ? 422 : 200);
  },
);

test("the setting opens private hosts to tenant keys, the sandbox never", async () => {
  const { api, key } = await apiWithTenant({ allowPrivateHosts: true });
  expect((await api.post("/account", { id: "x", host: "10.0.0.1" }, key)).status).toBe(200);
  expect((await api.post("/account", { id: "y", host: "sandbox" }, key)).status).toBe(422);
});

test("the sandbox's account is the admin's, where the sandbox is on", async () => {
  const api = await testApi({}, true);
  await api.post("/tenant", { id: "acme" });
  expect((await api.post("/account", { id: "x", tenant_id: "acme", host: "sandbox" })).status).toBe(200);
});

test("a tenant is created, updated field by field, and deleted", async () => {
  const api = await testApi();
  const client_auth = { method: "bearer", token: "t" };
  const tenant = { id: "acme", name: "Acme", client_base_url: "https://app.example.com", client_auth };
  expect((await api.post("/tenant", tenant)).body).toMatchObject({
    ok: true,
    created: true,
    name: "Acme",
    client_sync_path: "/mail-proxy/sync",
    active: true,
  });
  const limits = { minute: 10 };
  await api.call("PUT", "/tenant/acme", { json: { name: null, rate_limits: limits } });
  expect((await api.get("/tenant/acme")).body).toMatchObject({
    name: null,
    client_base_url: "https://app.example.com",
    rate_limits: { minute: 10 },
    client_auth: { method: "bearer", has_token: true },
  });
  expect((await api.call("PUT", "/tenant/none", { json: {} })).status).toBe(404);
  await api.post("/tenant", { id: "idle", active: false });
  expect((await api.get("/tenants")).body.tenants).toHaveLength(2);
  expect((await api.get("/tenants?active_only=true")).body.tenants).toHaveLength(1);
  expect((await api.call("DELETE", "/tenant/acme")).status).toBe(200);
  expect((await api.get("/tenant/acme")).status).toBe(404);
});

test("whole URLs, as older clients name them, are split into the base and its paths", async () => {
  const { api, key } = await apiWithTenant();
  const urls = {
    client_sync_url: "https://api.acme.example:8443/proxy_sync?v=1",
    client_attachment_url: "https://api.acme.example:8443/attachments",
  };
  expect((await api.post("/tenant", { id: "acme", ...urls, active: true })).body).toMatchObject({
    client_base_url: "https://api.acme.example:8443",
    client_sync_path: "/proxy_sync?v=1",
    client_attachment_path: "/attachments",
  });
  const put = async (json: object, token: string = key) => {
    const { status, body } = await api.call("PUT", "/tenant/acme", { json, token });
    return [status, body.error ?? body.client_base_url];
  };
  const oneServer = "client_sync_url and client_attachment_url must be on one server";
  expect(await put({ ...urls, client_attachment_url: "https://files.example" })).toEqual([422, oneServer]);
  expect(await put({ client_attachment_url: urls.client_attachment_url })).toEqual([
    422,
    "client_attachment_url needs client_sync_url beside it",
  ]);
  expect(await put({ ...urls, client_sync_path: "/x" })).toEqual([422, expect.stringContaining("give either")]);
  expect(await put({ client_sync_url: "http://127.0.0.1:8000/sync" })).toEqual([422, expect.any(String)]);
  expect(await put({ client_sync_url: "https://u:p@a.example/" })).toEqual([
    422,
    expect.stringContaining("client_auth"),
  ]);
  expect(await put({ client_sync_url: "https://b.example/s", client_attachment_url: null })).toEqual([
    200,
    "https://b.example",
  ]);
  expect(await put({ client_sync_url: null })).toEqual([200, null]);
});

test("flags are taken as Python writes them", async () => {
  const api = await testApi();
  await api.post("/tenant", { id: "idle", active: false });
  expect((await api.get("/tenants?active_only=True")).body.tenants).toEqual([]);
  expect((await api.get("/tenants?active_only=False")).body.tenants).toHaveLength(1);
  expect((await api.get("/tenants?active_only=yes")).status).toBe(422);
});

test("a tenant with waiting messages goes only by force", async () => {
  const { api, key } = await apiWithTenant();
  await api.add([message("m")], key);
  expect((await api.call("DELETE", "/tenant/acme")).status).toBe(409);
  expect((await api.call("DELETE", "/tenant/acme?force=true")).status).toBe(200);
  expect((await api.get("/messages", key)).status).toBe(401);
});

test("a tenant's key sees and updates its tenant, but not what the operator decides", async () => {
  const { api, key } = await apiWithTenant();
  const put = (json: unknown) => api.call("PUT", "/tenant/acme", { json, token: key });
  expect((await put({ name: "New" })).body.name).toBe("New");
  expect((await put({ active: true })).status).toBe(403);
  expect((await put({ rate_limits: { day: 1_000_000 } })).status).toBe(403);
  expect((await put({ client_base_url: "http://127.0.0.1:8000" })).status).toBe(422);
  for (const storage_url of ["file:///etc", "FILE:///etc"])
    expect((await put({ large_file_config: { storage_url } })).status).toBe(422);
  expect((await api.call("POST", "/tenant/acme/api-key", { json: {}, token: key })).status).toBe(403);
  expect((await api.call("DELETE", "/tenant/acme", { token: key })).status).toBe(403);
});

test("a key that would end in the past is not made", async () => {
  const { api } = await apiWithTenant();
  expect((await api.post("/tenant/acme/api-key", { expires_at: api.now / 1000 })).status).toBe(422);
  expect((await api.post("/tenant/none/api-key", {})).status).toBe(404);
  expect((await api.call("POST", "/tenant/acme/api-key")).body.api_key).toMatch(/^mpk_/);
});

test("the state of the report exchange is shown per tenant", async () => {
  const { api, key } = await apiWithTenant();
  await api.post("/tenant", { id: "globex", client_base_url: "https://app.example.com" });
  await rows(
    api.service.db,
    "insert into syncs (tenant_id, last_sync_at, idle_due_at) values ('globex', :now, :now + 300000)",
    { now: api.now },
  );
  const { body } = await api.get("/tenants/sync-status");
  expect(body.tenants).toMatchObject([
    { id: "acme", last_sync_ts: null, next_sync_ts: null, next_sync_due: false },
    { id: "globex", last_sync_ts: api.now / 1000, next_sync_ts: api.now / 1000 + 300, next_sync_due: false },
  ]);
  expect((await api.get("/tenants/sync-status", key)).body.tenants).toMatchObject([{ id: "acme" }]);

  // What waits is told at the next try, however far ahead the next idle call is.
  await rows(api.service.db, "update syncs set retry_at = :at, failures = 1", { at: api.now + 5000 });
  const event =
    "insert into events (tenant_id, message, type, at, data, report_at) values ('globex', 1, 'sent', :now, '{}', :now)";
  await rows(api.service.db, event, { now: api.now });
  expect((await api.get("/tenants/sync-status")).body.tenants).toMatchObject([
    { id: "acme" },
    { id: "globex", failures: 1, unreported_events: 1, next_sync_ts: api.now / 1000 + 5 },
  ]);
});
