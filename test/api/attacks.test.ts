/** What an attacker once got through, each under the promise that it broke. */
import { expect, test } from "vitest";
import { rows } from "../../src/db/database.ts";
import { addTenant, apiWithTenant, message } from "./support.ts";

test.each([
  ["an unknown field", { "f\ud800": 1 }],
  ["a field name that ends in half of an emoji when cut", { [`${"a".repeat(79)}😀`]: 1 }],
  ["a label", { metadata: { "\ud800": "a" } }],
  ["a subject", { subject: "x\ud83d" }],
])("half of a surrogate pair in %s can be read back", async (_, fields) => {
  const { api, key } = await apiWithTenant();
  expect((await api.add([message("m", fields)], key)).status).toBe(200);
  expect((await api.get("/messages?include=payload", key)).status).toBe(200);
  expect((await api.get("/messages/m", key)).status).toBe(200);
  expect((await api.get("/command-log", key)).status).toBe(200);
});

test("a body of white space, before something else, keeps nobody waiting", async () => {
  const { api, key } = await apiWithTenant();
  const began = performance.now();
  const body = `${" ".repeat(200_000)}x`;
  expect((await api.call("POST", "/commands/suspend?tenant_id=acme", { token: key, body })).status).toBe(422);
  expect(performance.now() - began).toBeLessThan(5_000);
});

test.each([
  ["more attachments than anybody sends", { attachments: Array(101).fill({ filename: "a", storage_path: "base64:" }) }],
  [
    "credentials in a header that frames the request",
    {
      attachments: [
        {
          filename: "a",
          storage_path: "https://files.example.com/a",
          auth: { method: "header", header: "Transfer-Encoding", token: "chunked" },
        },
      ],
    },
  ],
])("%s are refused where they come in", async (_, over) => {
  const { api, key } = await apiWithTenant();
  const { body } = await api.add([message("m", over)], key);
  expect(body).toMatchObject({
    ok: false,
    queued: 0,
    rejected: [{ id: "m", reason: expect.stringMatching(/^attachments/) }],
  });
});

test("a batch of the admin for several tenants, rejected messages among them, is in no tenant's log", async () => {
  const { api, key } = await apiWithTenant();
  await addTenant(api, "globex");
  const secret = message("bad", { tenant_id: "globex", subject: "not for acme", nonsense: 1 });
  await api.add([message("ok", { tenant_id: "acme" }), secret]);
  await api.add([message("ok2", { tenant_id: "acme" }), message("ok3", { tenant_id: "globex", body: "not for acme" })]);
  expect((await api.get("/command-log", key)).text).not.toContain("not for acme");
  expect((await api.get("/command-log/export", key)).text).not.toContain("not for acme");
});

test("a tenant that is made again sees nothing of the one that had its id", async () => {
  const { api, key } = await apiWithTenant();
  await api.add([message("m", { subject: "old customer" })], key);
  expect((await api.call("DELETE", "/tenant/acme?force=true")).status).toBe(200);
  const renewed = await addTenant(api, "acme");
  expect((await api.get("/command-log", renewed)).text).not.toMatch(/old customer|DELETE/);
  expect((await api.get("/command-log")).text).toContain("old customer");
});

test.each([{ host: "smtp.example.org" }, { port: 2525 }, { tls: "none" }, { use_tls: false }, { tls_verify: false }])(
  "a key that changes %j of an account must know its password",
  async (change) => {
    const { api, key } = await apiWithTenant();
    await api.post("/account", {
      id: "relay",
      tenant_id: "acme",
      host: "smtp.example.com",
      port: 587,
      tls: "starttls",
      user: "op",
      password: "kept",
    });
    const refused = await api.post("/account", { id: "relay", ...change }, key);
    expect(refused).toMatchObject({ status: 422, body: { details: [{ path: "password" }] } });
    expect((await api.post("/account", { id: "relay", ...change, password: "its own" }, key)).status).toBe(200);
    expect((await api.post("/account", { id: "relay", from_address: "a@example.com" }, key)).status).toBe(200);
    expect((await api.post("/account", { id: "relay", tenant_id: "acme", ...change })).status).toBe(200);
  },
);

test("a key chooses no port of a private host that the admin named", async () => {
  const { api, key } = await apiWithTenant();
  await api.post("/account", { id: "relay", tenant_id: "acme", host: "10.1.2.3", port: 25 });
  expect((await api.post("/account", { id: "relay", port: 6379 }, key)).body).toMatchObject({
    details: [{ path: "host" }],
  });
});

test("what a tenant's key names is remembered as such, until the admin names it", async () => {
  const { api, key } = await apiWithTenant();
  const flags = () =>
    rows(
      api.service.db,
      "select a.public_only as account, t.public_only as tenant from accounts a join tenants t on t.id = a.tenant_id",
    );
  expect(await flags()).toEqual([{ account: 0, tenant: 0 }]);
  await api.post("/account", { id: "default", host: "smtp.example.org" }, key);
  await api.call("PUT", "/tenant/acme", { json: { client_base_url: "https://app.example.org" }, token: key });
  expect(await flags()).toEqual([{ account: 1, tenant: 1 }]);
  await api.post("/account", { id: "default", tenant_id: "acme", from_address: "a@example.com" });
  expect(await flags()).toEqual([{ account: 1, tenant: 1 }]);
  await api.post("/account", { id: "default", tenant_id: "acme", host: "10.0.0.1" });
  await api.call("PUT", "/tenant/acme", { json: { client_base_url: "http://10.0.0.2" } });
  expect(await flags()).toEqual([{ account: 0, tenant: 0 }]);
});

test.each([{ tags: ["x"] }, { headers: ["y"] }, { dsn: [] }])("an array is no map: %j", async (fields) => {
  const { api, key } = await apiWithTenant();
  expect((await api.add([message("m", fields)], key)).body).toMatchObject({ queued: 0 });
});

test.each([
  ["POST", "/commands/add-messages?tenant_id=nope", { messages: [] }],
  ["POST", "/account?tenant_id=nope", { id: "default" }],
  ["PUT", "/tenant/acme?foo=1", {}],
  ["GET", "/status?x=1", undefined],
  ["GET", "/tenants/sync-status?foo=1", undefined],
])("%s %s: an unknown field of the query is refused by its name", async (method, path, json) => {
  const { api } = await apiWithTenant();
  const { status, body } = await api.call(method, path, json === undefined ? {} : { json });
  expect([status, body.code]).toEqual([422, "validation_failed"]);
});

test("a header that the composer would refuse is refused at once", async () => {
  const { api, key } = await apiWithTenant();
  const { body } = await api.add(
    [message("m", { headers: { "List-Unsubscribe": "<https://example.com/\u0085>" } })],
    key,
  );
  expect(body).toMatchObject({ queued: 0, rejected: [{ reason: expect.stringContaining("List-Unsubscribe") }] });
});

test("a batch that would keep everybody else waiting is refused before it is read", async () => {
  const { api, key } = await apiWithTenant();
  const to = Array.from({ length: 900 }, (_, n) => `r${n}@example.net`);
  const messages = Array.from({ length: 30 }, (_, n) => message(`m${n}`, { to }));
  expect((await api.add(messages, key)).body).toMatchObject({ code: "payload_too_large" });
  expect((await api.add([message("m", { to })], key)).body).toMatchObject({ queued: 1 });
});
