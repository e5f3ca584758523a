import { expect, test } from "vitest";
import { settingViews } from "../../src/api/settings-view.ts";
import { readConfig, SETTINGS } from "../../src/config.ts";
import { rows } from "../../src/db/database.ts";
import { startApp } from "../support/app.ts";
import { addTenant, apiWithTenant, message, testApi } from "./support.ts";

test("liveness and readiness need no token", async () => {
  const api = await testApi();
  expect((await api.get("/health", null)).body).toEqual({ ok: true, status: "ok" });
  expect((await api.get("/ready", null)).body).toEqual({ ok: true, status: "ready" });
});

test("the status shows the scheduler, the version with its commit, and the queue", async () => {
  const { api, key } = await apiWithTenant();
  await api.add([message("m")], key);
  api.now += 1_500;
  expect((await api.get("/status")).body).toMatchObject({
    ok: true,
    version: "0.0.0-test",
    commit: "0123abc",
    active: true,
    queue: { ready: 1, scheduled: 0, held: 0, sending: 0, oldest_ready_seconds: 1.5 },
  });
});

test("metrics show the totals of every account, with labels that cannot break out, and what is pending", async () => {
  const { api, key } = await apiWithTenant();
  await api.add([message("m")], key);
  const total = "insert into counters (name, tenant_id, account_id, value) values ('gmp_sent_total', :tenant, 'a', 3)";
  await rows(api.service.db, total, { tenant: 'x"\\\ny' });
  const { text, headers } = await api.get("/metrics");
  expect(headers.get("Content-Type")).toContain("text/plain");
  expect(text).toContain('# TYPE gmp_sent_total counter\ngmp_sent_total{tenant_id="x\\"\\\\\\ny",account_id="a"} 3\n');
  expect(text).toContain("# TYPE gmp_pending_messages gauge\ngmp_pending_messages 1\n");
  api.now += 2_500;
  expect((await api.get("/metrics")).text).toContain("\nmail_proxy_queue_age_seconds 2.5\n");
  expect((await api.get("/metrics", null)).status).toBe(401);
  expect((await api.get("/metrics", key)).status).toBe(403);
});

test("metrics are public where the setting says so", async () => {
  const api = await testApi({ metrics: "public" });
  expect((await api.get("/metrics", null)).status).toBe(200);
});

test("the instance keeps its settings, and of its secrets only that there are some", async () => {
  const api = await testApi();
  const json = { name: "prod", bounce_imap_password: "hush", bounce_poll_interval: 30 };
  await api.call("PUT", "/instance", { json });
  await api.call("PUT", "/instance", { json: { name: null } });
  const { body } = await api.get("/instance");
  expect(body).toMatchObject({ ok: true, name: null, bounce_poll_interval: 30, has_bounce_imap_password: true });
  expect((await api.call("PUT", "/instance", { json: { nmae: "x" } })).status).toBe(422);
});

test("every changing call is logged with its tenant, payload and result; of a refused one only the names of its fields", async () => {
  const { api, key } = await apiWithTenant();
  await api.add([message("m")], key);
  await api.post("/commands/suspend?batch_code=june", undefined, key);
  await api.post("/tenant", { id: "x", nmae: 1 });
  await api.get("/messages", key);
  const { body } = await api.get("/command-log?limit=3");
  expect(body.commands).toMatchObject([
    {
      endpoint: "POST /tenant",
      tenant_id: null,
      status: 422,
      payload: { fields: ["id", "nmae"] },
      result: { ok: false },
    },
    { endpoint: "POST /commands/suspend?batch_code=june", tenant_id: "acme", status: 200, result: { ok: true } },
    {
      endpoint: "POST /commands/add-messages",
      tenant_id: "acme",
      status: 200,
      payload: { messages: [{ id: "m", body: "Hi" }] },
      result: { ok: true, queued: 1 },
    },
  ]);
  const older = await api.get(`/command-log?limit=3&cursor=${body.next_cursor}`);
  expect((older.body.commands as { endpoint: string }[])[0]?.endpoint).toBe("POST /tenant/acme/api-key");
});

test("a tenant's key reads its own part of the log", async () => {
  const { api, key } = await apiWithTenant();
  await addTenant(api, "globex");
  const { body } = await api.get("/command-log", key);
  const tenants = new Set((body.commands as { tenant_id: string }[]).map(({ tenant_id }) => tenant_id));
  expect([...tenants]).toEqual(["acme"]);
});

test("the log is exported as lines of JSON, oldest first", async () => {
  const { api, key } = await apiWithTenant();
  await Promise.all(Array.from({ length: 1_500 }, () => api.post("/commands/run-now", undefined, key)));
  const { text, headers } = await api.get("/command-log/export");
  expect(headers.get("Content-Type")).toBe("application/x-ndjson");
  const lines = text.trimEnd().split("\n");
  const ids = lines.map((line) => (JSON.parse(line) as { id: number }).id);
  expect(ids).toHaveLength(1_503);
  expect(ids).toEqual(ids.toSorted((a, b) => a - b));
});

test("an exported call tells whether it can be made again: not one that hid a secret, gave one out, was refused, or was too long", async () => {
  const { api, key } = await apiWithTenant();
  await api.add([message("plain")], key);
  const attachments = [{ filename: "a.txt", storage_path: `base64:${btoa("Hello")}` }];
  await api.add([message("inline", { attachments })], key);
  await api.add([message("long", { body: "A line of text. ".repeat(10_000) })], key);
  await api.post("/account", { id: "default", tenant_id: "acme", password: "hush" });
  await api.post("/account", { id: "default", tenant_id: "acme", password: null });
  await api.post("/commands/suspend?batch_code=june", undefined, key);
  await api.post("/commands/run-now?x=1");
  const { text } = await api.get("/command-log/export");
  const lines = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.map(({ method, path, replayable }) => [method, path, replayable])).toEqual([
    ["POST", "/tenant", true],
    ["POST", "/account", true],
    ["POST", "/tenant/acme/api-key", false],
    ["POST", "/commands/add-messages", true],
    ["POST", "/commands/add-messages", false],
    ["POST", "/commands/add-messages", false],
    ["POST", "/account", false],
    ["POST", "/account", true],
    ["POST", "/commands/suspend?batch_code=june", true],
    ["POST", "/commands/run-now?x=1", false],
  ]);
  expect(lines[3]).toMatchObject({ tenant_id: "acme", payload: { messages: [message("plain")] } });
});

test("the log is purged by the admin alone, up to a moment that is named", async () => {
  const { api, key } = await apiWithTenant();
  api.now += 60_000;
  await api.post("/commands/run-now");
  expect((await api.call("DELETE", `/command-log?until=${api.now / 1000}`, { token: key })).status).toBe(403);
  expect((await api.call("DELETE", "/command-log")).status).toBe(422);
  const { body } = await api.call("DELETE", `/command-log?until=${api.now / 1000}`);
  expect(body).toEqual({ ok: true, deleted: 3 });
  const left = (await api.get("/command-log")).body.commands as { endpoint: string }[];
  expect(left[0]?.endpoint).toMatch(/^DELETE \/command-log/);
});

test("the inbox leads to the dashboard, or says what to ask for instead, and what is in it is the admin's", async () => {
  const plain = await testApi({ dashboard: false }, true);
  expect((await plain.get("/inbox", null)).text).toContain("GET /inbox/messages lists the mails");
  const api = await testApi({}, true);
  const { status, headers } = await api.get("/inbox", null);
  expect([status, headers.get("Location")]).toEqual([302, "/dashboard/inbox"]);
  expect((await api.get("/inbox/messages", null)).status).toBe(401);
  expect((await api.get("/inbox/messages")).body).toEqual({ ok: true, messages: [] });
  const key = await addTenant(api, "acme");
  expect((await api.get("/inbox/messages", key)).status).toBe(403);
  expect((await api.get("/inbox/messages/7")).status).toBe(404);
});

test("the admin sees the settings in force and where each is from, and of a secret only that it is set", async () => {
  const { call } = await startApp({ RETRY_DELAYS: "60,300", DATABASE_TOKEN: "hush" });
  const { status, body } = await call("GET", "/instance/settings");
  expect(status).toBe(200);
  const named = new Map((body.settings as { name: string }[]).map((each) => [each.name, each]));
  expect(named.get("MAIL_PROXY_RETRY_DELAYS")).toMatchObject({
    ...{ value: "60,300", default: "60,300,900,3600,7200", from: "MAIL_PROXY_RETRY_DELAYS", group: "delivery" },
    doc: expect.stringContaining("Seconds to wait"),
  });
  expect(named.get("MAIL_PROXY_BATCH_SIZE_PER_ACCOUNT")).toMatchObject({ value: 50, from: "default" });
  expect(named.get("MAIL_PROXY_DATABASE_TOKEN")).toMatchObject({ is_secret: true, is_set: true, value: null });
  expect(JSON.stringify(body)).not.toContain("hush");
  expect([...named.keys()]).toHaveLength(Object.keys(SETTINGS).length);
});

test("a URL among the settings is shown without its secrets, and what the start has found is said to be from it", () => {
  const found = {
    databaseUrl: "libsql://user:hush@db.example?authToken=hush",
    publicUrl: "https://a:hush@mail.example",
  };
  const views = settingViews({ ...readConfig({}), ...found, encryptionKey: "hush" });
  const named = (name: string) => views.find((each) => each.name === `MAIL_PROXY_${name}`);
  expect(named("DATABASE_URL")).toMatchObject({ value: "libsql://db.example", from: "start" });
  expect(named("PUBLIC_URL")?.value).toBe("https://********@mail.example");
  expect(named("ENCRYPTION_KEY")).toMatchObject({ is_set: true, value: null, from: "start" });
  expect(JSON.stringify(views)).not.toContain("hush");
});
