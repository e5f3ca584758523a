/** Who gets into the dashboard, as what, and for how long. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { openFile } from "../../src/runtimes/database.ts";
import { ADMIN_TOKEN, startApp, type TestApp } from "../support/app.ts";
import { temporaryFolder } from "../support/database.ts";

function get({ app }: TestApp, path: string, cookie = ""): Promise<Response> {
  return app.fetch(new Request(`http://proxy.test${path}`, { headers: { cookie } }));
}

function post({ app }: TestApp, path: string, fields: Record<string, string>, headers: Record<string, string> = {}) {
  return app.fetch(
    new Request(`http://proxy.test${path}`, {
      method: "POST",
      headers: { Origin: "http://proxy.test", ...headers },
      body: new URLSearchParams(fields),
    }),
  );
}

async function logIn(proxy: TestApp, token: string): Promise<string> {
  const response = await post(proxy, "/dashboard/login", { token });
  expect(response.status).toBe(303);
  return response.headers.get("Set-Cookie")!.split(";")[0]!;
}

test("the admin's token opens a session, in a cookie that no script and no other site can use", async () => {
  const proxy = await startApp();
  const response = await post(proxy, "/dashboard/login", { token: ADMIN_TOKEN });
  expect(response.headers.get("Location")).toBe("/dashboard");
  const cookie = response.headers.get("Set-Cookie")!;
  expect(cookie).toMatch(/; HttpOnly/);
  expect(cookie).toMatch(/; SameSite=Strict/);
  expect(cookie).not.toContain(ADMIN_TOKEN);
  const page = await get(proxy, "/dashboard", cookie.split(";")[0]);
  expect(page.status).toBe(200);
  expect(await page.text()).toContain("admin");
});

test("a wrong token opens nothing, and is told so", async () => {
  const proxy = await startApp();
  const response = await post(proxy, "/dashboard/login", { token: "wrong" });
  expect(response.status).toBe(401);
  expect(response.headers.get("Set-Cookie")).toBeNull();
  expect(await response.text()).toContain("opens nothing");
});

test("whoever has no session is sent to the login, and comes back from there", async () => {
  const proxy = await startApp();
  const response = await get(proxy, "/dashboard/messages?q=a");
  expect(response.status).toBe(303);
  const login = response.headers.get("Location")!;
  expect(login).toBe("/dashboard/login?next=%2Fdashboard%2Fmessages%3Fq%3Da");
  const back = await post(proxy, "/dashboard/login", { token: ADMIN_TOKEN, next: "/dashboard/messages?q=a" });
  expect(back.headers.get("Location")).toBe("/dashboard/messages?q=a");
});

test.each(["https://evil.example", "//evil.example", "/dashboard//evil.example", "/dashboardx", "/dashboard/\\evil"])(
  "the login leads nowhere else: %s",
  async (next) => {
    const proxy = await startApp();
    const response = await post(proxy, "/dashboard/login", { token: ADMIN_TOKEN, next });
    expect(response.headers.get("Location")).toBe("/dashboard");
  },
);

test.each([
  ["none", true],
  ["same-origin", true],
  ["cross-site", false],
  ["same-site", false],
])("a token behind the # logs in at once only where the visitor came by himself: %s", async (site, atOnce) => {
  const { app } = await startApp();
  const headers = { "Sec-Fetch-Site": site };
  const page = await app.fetch(new Request("http://proxy.test/dashboard/login", { headers }));
  expect((await page.text()).includes("data-at-once")).toBe(atOnce);
});

test("what another site began is refused", async () => {
  const proxy = await startApp();
  const response = await post(proxy, "/dashboard/login", { token: ADMIN_TOKEN }, { Origin: "http://evil.example" });
  expect(response.status).toBe(403);
  expect(response.headers.get("Set-Cookie")).toBeNull();
});

test("logging out ends the session, wherever its cookie was copied to", async () => {
  const proxy = await startApp();
  const cookie = await logIn(proxy, ADMIN_TOKEN);
  await post(proxy, "/dashboard/logout", {}, { cookie });
  expect((await get(proxy, "/dashboard", cookie)).status).toBe(303);
});

test("a session ends with the key that opened it", async () => {
  const proxy = await startApp();
  await proxy.call("POST", "/tenant", { id: "shop" });
  const { body } = await proxy.call("POST", "/tenant/shop/api-key", {});
  const cookie = await logIn(proxy, String(body.api_key));
  expect(await (await get(proxy, "/dashboard", cookie)).text()).toContain("tenant shop");
  await proxy.call("DELETE", "/tenant/shop/api-key");
  expect((await get(proxy, "/dashboard", cookie)).status).toBe(303);
});

test("a session is over after twelve hours", async () => {
  let now = Date.now();
  const proxy = await startApp({}, undefined, { now: () => now });
  const cookie = await logIn(proxy, ADMIN_TOKEN);
  now += 12 * 3_600_000;
  expect((await get(proxy, "/dashboard", cookie)).status).toBe(303);
});

test("a token opens a hundred sessions at once, and the next one ends the oldest", async () => {
  let now = Date.now();
  const proxy = await startApp({}, undefined, { now: () => now });
  const cookies: string[] = [];
  for (let n = 0; n < 101; n++) {
    now += 1;
    cookies.push(await logIn(proxy, ADMIN_TOKEN));
  }
  expect((await get(proxy, "/dashboard", cookies[0])).status).toBe(303);
  expect((await get(proxy, "/dashboard", cookies[1])).status).toBe(200);
  expect((await get(proxy, "/dashboard", cookies[100])).status).toBe(200);
});

test("nothing from elsewhere gets into a page", async () => {
  const proxy = await startApp();
  const { headers } = await get(proxy, "/dashboard/login");
  const policy = headers.get("Content-Security-Policy")!;
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toContain("unsafe");
  expect(headers.get("Cache-Control")).toBe("no-store");
});

test("a dashboard that is switched off is not there", async () => {
  const proxy = await startApp({ DASHBOARD: "false" });
  expect((await get(proxy, "/dashboard/login")).status).not.toBe(200);
});

test("where the database does not answer, the page says so, and that nothing is lost", async () => {
  const proxy = await startApp({ SCHEDULER_ACTIVE: "false" });
  const { client } = proxy.db;
  const gone = await openFile({
    url: `file:${join(temporaryFolder(), "gone.db")}`,
    token: undefined,
    synchronous: "NORMAL",
  });
  gone.close();
  Object.assign(proxy.db, { client: gone });
  const response = await post(proxy, "/dashboard/login", { token: ADMIN_TOKEN });
  Object.assign(proxy.db, { client });
  expect(response.status).toBe(503);
  expect(await response.text()).toContain("the database does not answer. Nothing that was accepted is lost");
});
