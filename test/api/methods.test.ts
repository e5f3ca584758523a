/** Methods that a path does not have, and those that every path has. */
import { RegExpRouter } from "hono/router/reg-exp-router";
import { expect, test } from "vitest";
import { createApi } from "../../src/api/index.ts";
import { SplitRouter } from "../../src/api/router.ts";
import { ADMIN, apiWithTenant, message, testApi } from "./support.ts";

test.each([
  ["PUT", "/messages", "GET, HEAD, OPTIONS"],
  ["GET", "/commands/add-messages", "POST, OPTIONS"],
  ["PATCH", "/tenant/acme", "GET, PUT, DELETE, HEAD, OPTIONS"],
  ["GET", "/messages/m/retry", "POST, OPTIONS"],
  ["DELETE", "/health", "GET, HEAD, OPTIONS"],
  ["GET", "/tenants/update", "POST, OPTIONS"],
])("%s %s is refused with the methods that there are", async (method, path, allowed) => {
  const { api } = await apiWithTenant();
  const { status, body, headers } = await api.call(method, path);
  expect([status, body.code, headers.get("Allow")]).toEqual([405, "method_not_allowed", allowed]);
  expect(headers.get("X-Request-Id")).toBe(body.request_id);
});

test("what does not exist is a 404 under every method, and nobody without a token learns which it is", async () => {
  const api = await testApi();
  const { status, headers } = await api.call("PUT", "/nowhere");
  expect([status, headers.get("Allow")]).toEqual([404, null]);
  expect((await api.call("PUT", "/messages", { token: null })).status).toBe(401);
});

test("OPTIONS tells the methods of a path, and grants no browser anything", async () => {
  const api = await testApi();
  const { status, text, headers } = await api.call("OPTIONS", "/account/default", { token: null });
  expect([status, text, headers.get("Allow")]).toEqual([204, "", "GET, DELETE, HEAD, OPTIONS"]);
  expect(headers.get("Access-Control-Allow-Origin")).toBeNull();
  expect((await api.call("OPTIONS", "/nowhere", { token: null })).status).toBe(404);
});

test("HEAD answers as GET does, without its body", async () => {
  const { api, key } = await apiWithTenant();
  await api.add([message("m")], key);
  const { status, text, headers } = await api.call("HEAD", "/messages/m", { token: key });
  expect([status, text, headers.get("Content-Type")]).toEqual([200, "", "application/json"]);
  expect(headers.get("Content-Length")).toBe(String((await api.get("/messages/m", key)).text.length));
  const missing = await api.call("HEAD", "/messages/n", { token: key });
  expect(missing.status).toBe(404);
  expect(Number(missing.headers.get("Content-Length"))).toBeGreaterThan(0);
  expect((await api.call("HEAD", "/commands/run-now")).status).toBe(405);
});

test("an app for one request refuses and answers the same", async () => {
  const { api } = await apiWithTenant();
  const quick = createApi(api.service, true);
  const headers = { "X-API-Token": ADMIN };
  const refused = await quick.request("/messages", { method: "PUT", headers });
  expect([refused.status, refused.headers.get("Allow")]).toEqual([405, "GET, HEAD, OPTIONS"]);
  const listed = await quick.request("/tenants/list", { headers });
  expect(await listed.json()).toMatchObject([{ id: "acme" }]);
});

test("requests are still routed by one regular expression, whatever paths have come", async () => {
  const { api, key } = await apiWithTenant();
  const plain = new RegExpRouter<string>();
  for (const { method, path } of api.app.routes.filter(({ path }) => !/^\/(emails|webhooks)\b/.test(path)))
    plain.add(method, path, path);
  expect(() => plain.match("GET", "/health")).not.toThrow();
  expect(api.app.router).toBeInstanceOf(SplitRouter);
  // What that cannot tell apart goes through the same middleware.
  for (const path of ["/emails", "/emails/unknown", "/webhooks/unknown"]) {
    expect((await api.get(path, null)).status, path).toBe(401);
    expect((await api.get(path, key)).headers.has("X-Request-Id"), path).toBe(true);
  }
});
