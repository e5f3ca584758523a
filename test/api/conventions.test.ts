import { createClient } from "@libsql/client";
import { expect, onTestFinished, test } from "vitest";
import { database } from "../../src/db/database.ts";
import { addTenant, apiWithTenant, message, testApi } from "./support.ts";

test("without a token, or with a wrong one, nothing opens; a right one may come in either header", async () => {
  const api = await testApi();
  const refused = await api.get("/status", null);
  expect([refused.status, refused.body.code]).toEqual([401, "unauthorized"]);
  expect(refused.headers.get("WWW-Authenticate")).toBe("Bearer");
  expect((await api.get("/status", "wrong")).status).toBe(401);
  expect((await api.get("/status")).status).toBe(200);
  const bearer = { Authorization: "Bearer admin-token-of-the-tests" };
  expect((await api.call("GET", "/status", { token: null, headers: bearer })).status).toBe(200);
});

test("a failure has a code, words, details with paths, and the id of its request", async () => {
  const api = await testApi();
  const { status, body, headers } = await api.call("POST", "/tenant", {
    json: { id: "acme", rate_limits: { minute: -1 }, nmae: "Acme" },
    headers: { "X-Request-Id": "req-1" },
  });
  expect([status, headers.get("X-Request-Id")]).toEqual([422, "req-1"]);
  expect(body).toEqual({
    ok: false,
    error: expect.any(String),
    code: "validation_failed",
    details: [
      { path: "rate_limits.minute", message: "must be at least 1" },
      { path: "nmae", message: "unknown field" },
    ],
    request_id: "req-1",
  });
});

test("a request id that is not sane is replaced; every answer has one", async () => {
  const api = await testApi();
  const odd = await api.call("GET", "/health", { headers: { "X-Request-Id": "a b" } });
  expect(odd.headers.get("X-Request-Id")).toMatch(/^[\w-]{36}$/);
  expect((await api.get("/nowhere")).headers.get("X-Request-Id")).toBeTruthy();
});

test.each([
  ["not JSON", "{", "application/json", 400, "bad_request"],
  ["a form", "a=b", "application/x-www-form-urlencoded", 415, "unsupported_media_type"],
  ["text of no declared type", "{}", undefined, 415, "unsupported_media_type"],
  ["JSON of another shape", "[]", "application/json", 422, "validation_failed"],
  ["JSON that is no object", "null", "application/json", 422, "validation_failed"],
])("a body that is %s is refused", async (_, body, type, status, code) => {
  const api = await testApi();
  const headers = type === undefined ? {} : { "Content-Type": type };
  const answer = await api.call("POST", "/commands/add-messages", { body, headers });
  expect([answer.status, answer.body.code]).toEqual([status, code]);
});

test("a body over the limit is refused, whether or not it says how long it is", async () => {
  const api = await testApi({ maxBodyBytes: 2_048 });
  const json = { messages: [{ id: "x".repeat(4_096) }] };
  expect((await api.post("/commands/add-messages", json)).status).toBe(413);
  const headers = { "Content-Length": String(JSON.stringify(json).length) };
  expect((await api.call("POST", "/commands/add-messages", { json, headers })).status).toBe(413);
});

test("an unknown route is a 404 in JSON", async () => {
  const api = await testApi();
  const { status, body } = await api.call("PATCH", "/stats");
  expect([status, body.code, body.error]).toEqual([404, "not_found", "there is no PATCH /stats"]);
});

test("while the process stops, changing calls are sent away and reading goes on", async () => {
  const { api, key } = await apiWithTenant();
  api.draining = true;
  const { status, body, headers } = await api.add([message("m")], key);
  expect([status, body.code, headers.get("Retry-After")]).toEqual([503, "draining", "5"]);
  expect((await api.get("/messages", key)).status).toBe(200);
  expect((await api.get("/ready", null)).status).toBe(503);
  expect((await api.get("/health", null)).status).toBe(200);
});

test("a database that is away is a 503 that may be tried again, and tells nothing of itself", async () => {
  const api = await testApi();
  api.service.db.client.close();
  const { status, body, headers, text } = await api.get("/ready", null);
  expect([status, body.code, headers.get("Retry-After")]).toEqual([503, "database_unavailable", "5"]);
  expect(text).not.toMatch(/CLIENT_CLOSED|select/i);
  expect((await api.add([message("m")])).status).toBe(503);
});

test("a remote database that cannot be reached is a 503 too", async () => {
  const api = await testApi();
  const closed = createClient({ url: "http://127.0.0.1:1" });
  onTestFinished(() => closed.close());
  Object.assign(api.service.db, database(closed));
  expect((await api.get("/ready", null)).body.code).toBe("database_unavailable");
  expect((await api.get("/tenants")).body.code).toBe("database_unavailable");
});

test("a mistake of our own is a 500 without its words", async () => {
  const api = await testApi();
  api.service.engine.runNow = () => Promise.reject(new TypeError("inner secret"));
  const { status, body, text } = await api.post("/commands/run-now");
  expect([status, body.code]).toEqual([500, "internal_error"]);
  expect(text).not.toContain("inner secret");
});

test("answers are nobody's to keep or to guess at", async () => {
  const api = await testApi();
  const { headers } = await api.get("/status");
  expect(headers.get("Cache-Control")).toBe("no-store");
  expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
  expect(headers.get("Access-Control-Allow-Origin")).toBeNull();
});

test("a key stops at once in this process when it is revoked, at its end, and while its tenant is inactive", async () => {
  const api = await testApi();
  const first = await addTenant(api, "acme");
  expect((await api.get("/messages", first)).status).toBe(200);
  const expires_at = api.now / 1000 + 10;
  const second = String((await api.post("/tenant/acme/api-key", { expires_at })).body.api_key);
  expect((await api.get("/messages", first)).status).toBe(401);
  expect((await api.get("/messages", second)).status).toBe(200);
  await api.call("PUT", "/tenant/acme", { json: { active: false } });
  expect((await api.get("/messages", second)).status).toBe(403);
  await api.call("PUT", "/tenant/acme", { json: { active: true } });
  api.now += 10_000;
  expect((await api.get("/messages", second)).status).toBe(401);
  const third = String((await api.post("/tenant/acme/api-key", {})).body.api_key);
  expect((await api.get("/messages", third)).status).toBe(200);
  await api.call("DELETE", "/tenant/acme/api-key");
  expect((await api.get("/messages", third)).status).toBe(401);
});

test("changes that another process made are seen within a second", async () => {
  const { api, key } = await apiWithTenant();
  expect((await api.get("/messages", key)).status).toBe(200);
  await api.service.db.client.execute("update tenants set api_key_hash = null");
  api.now += 1_000;
  expect((await api.get("/messages", key)).status).toBe(401);
});

test("an array is no body, also where every field may be left out", async () => {
  const { api } = await apiWithTenant();
  for (const [method, path] of [
    ["PUT", "/instance"],
    ["PUT", "/tenant/acme"],
    ["POST", "/tenant/acme/api-key"],
    ["POST", "/commands/cleanup-messages"],
  ] as const) {
    const { status, body } = await api.call(method, path, { json: [] });
    expect([status, body.error], path).toEqual([422, "the body must be an object"]);
  }
});
