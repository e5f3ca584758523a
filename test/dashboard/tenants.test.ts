/** What the pages of tenants say and do, for the admin and for a tenant's key. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { startApp, type TestApp } from "../support/app.ts";
import { browse } from "./browsing.ts";

const HERE = "/dashboard/tenants";
const STRANGE = `<img src=x onerror="alert(1)"> & 'co' / ?`;

async function shop(settings: Record<string, string> = {}): Promise<TestApp> {
  const proxy = await startApp(settings);
  await proxy.call("POST", "/tenant", { id: "shop", name: "The Shop" });
  await proxy.call("POST", "/account", { tenant_id: "shop", id: "main", host: "127.0.0.1", port: 9 });
  await proxy.call("POST", "/account/main/pause?tenant_id=shop");
  return proxy;
}

function add(proxy: TestApp, id: string, batch_code?: string) {
  const message = {
    id,
    tenant_id: "shop",
    account_id: "main",
    from: "a@example.com",
    to: "b@example.net",
    subject: id,
    body: id,
  };
  return proxy.call("POST", "/commands/add-messages", { messages: [{ ...message, batch_code }] });
}

const tenant = async (proxy: TestApp) => (await proxy.call("GET", "/tenant/shop")).body;

test("the list shows each tenant's state, its reports and what waits", async () => {
  const proxy = await shop();
  await add(proxy, "one");
  await add(proxy, "two");
  const text = await (await browse(proxy)).text(HERE);
  expect(text).toContain("The Shop");
  expect(text).toContain(">active<");
  expect(text).toContain("Not called: it has no base URL, so nothing is reported.");
  expect(text).toContain('<td class="number">2</td>');
});

test("an application that does not take its reports is told with what it answered, and is called again by a button", async () => {
  let calls = 0;
  const server = createServer((_, response) => {
    calls += 1;
    response.writeHead(503).end("<down>");
  }).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  const proxy = await shop();
  const { port } = server.address() as AddressInfo;
  await proxy.call("PUT", "/tenant/shop", { client_base_url: `http://127.0.0.1:${port}` });
  const admin = await browse(proxy);
  await admin.submit(`${HERE}/run-now`, { tenant_id: "shop" });
  await expect.poll(async () => admin.text(HERE)).toContain("Failed");
  expect(await admin.text(`${HERE}/shop`)).toMatch(/Failed .*503.* It never went well\..*Tried again/s);
  const before = calls;
  const { location } = await admin.submit(`${HERE}/run-now`, { tenant_id: "shop", back: HERE });
  expect(location).toBe(HERE);
  await expect.poll(() => calls).toBeGreaterThan(before);
});

test("a batch is suspended and activated from the tenant's page, which tells how much waits", async () => {
  const proxy = await shop();
  await add(proxy, "one", "spring <sale>");
  await add(proxy, "two");
  const admin = await browse(proxy);
  const batch = { tenant_id: "shop", batch_code: "spring <sale>" };
  const suspended = await admin.submit(`${HERE}/suspend`, batch);
  expect(suspended.location).toBe(`${HERE}/shop`);
  expect(suspended.text).toContain("Batch spring &lt;sale&gt; of shop is suspended; messages that wait: 1.");
  expect(suspended.text).toMatch(/spring &lt;sale&gt;<\/a><\/th>.*<td class="number">1<\/td>/s);
  expect(await admin.text(HERE)).toContain("One batch waits: spring &lt;sale&gt;");
  await admin.submit(`${HERE}/activate`, batch);
  expect(await tenant(proxy)).toMatchObject({ suspended_batches: [] });

  const all = await admin.submit(`${HERE}/suspend`, { tenant_id: "shop", batch_code: "*" });
  expect(all.text).toContain("All mail of shop is suspended; messages that wait: 2.");
  expect(all.text).not.toContain("Suspend everything");
  await admin.submit(`${HERE}/activate`, { tenant_id: "shop", batch_code: "*" });
  expect(await tenant(proxy)).toMatchObject({ suspended_batches: [] });
});

test("a new key is shown by the answer that made it, and nowhere else", async () => {
  const proxy = await shop();
  const admin = await browse(proxy);
  const response = await admin.post(`${HERE}/key`, { tenant_id: "shop", expires_at: "2099-12-31T12:00" });
  expect(response.status).toBe(200);
  expect(response.headers.get("Cache-Control")).toBe("no-store");
  expect(response.headers.getSetCookie().join()).not.toContain("mpk_");
  const text = await response.text();
  const key = /mpk_[\w-]+/.exec(text)?.[0];
  expect(text).toContain("It ends at");
  expect((await proxy.call("GET", "/tenant/shop", undefined, key)).status).toBe(200);
  const page = await admin.text(`${HERE}/shop`);
  expect(page).not.toContain("mpk_");
  expect(page).toContain("It has a key, which ends at");

  const refused = await admin.submit(`${HERE}/key`, { tenant_id: "shop", expires_at: "2001-01-01T00:00" });
  expect(refused.text).toContain("must be in the future");
  await admin.submit(`${HERE}/revoke-key`, { tenant_id: "shop" });
  expect((await proxy.call("GET", "/tenant/shop", undefined, key)).status).toBe(401);
});

test("a new secret for reports is shown by the answer that made it", async () => {
  const proxy = await shop();
  const admin = await browse(proxy);
  const response = await admin.post(`${HERE}/webhook-secret`, { tenant_id: "shop" });
  expect(response.headers.get("Cache-Control")).toBe("no-store");
  expect(await response.text()).toMatch(/whsec_[\w+/=]+/);
  expect(await admin.text(`${HERE}/shop`)).not.toContain("whsec_");
});

test("a tenant is added and edited by its form; faults stand beside their fields, and secrets that are left empty stay", async () => {
  const proxy = await startApp();
  const admin = await browse(proxy);
  const typed = {
    id: "new",
    active: "true",
    client_base_url: "nowhere",
    "client_auth.method": "bearer",
    "client_auth.token": "a-long-token",
    "rate_limits.hour": "100",
    attachment_format: "form",
  };
  const stores = "archive s3://key:another-secret@bucket?endpoint=https://s3.example.com";
  const refused = await admin.post(`${HERE}/add`, { ...typed, stores });
  expect(refused.status).toBe(422);
  const form = await refused.text();
  expect(form).toMatch(/id="client_base_url-fault">[^<]+/);
  expect(form).toContain('value="nowhere"');
  expect(form).not.toMatch(/a-long-token|another-secret/);
  const { location } = await admin.submit(`${HERE}/add`, { ...typed, client_base_url: "http://127.0.0.1:9" });
  expect(location).toBe(`${HERE}/new`);
  const made = (await proxy.call("GET", "/tenant/new")).body;
  expect(made).toMatchObject({
    client_auth: { method: "bearer", has_token: true },
    rate_limits: { minute: null, hour: 100, day: null },
    large_file_config: null,
    active: true,
  });

  const edited = { ...typed, client_base_url: "http://127.0.0.1:9", "client_auth.token": "", "rate_limits.hour": "" };
  const paths = {
    client_sync_path: String(made.client_sync_path),
    client_attachment_path: String(made.client_attachment_path),
  };
  await admin.submit(`${HERE}/new/edit`, { ...edited, ...paths, name: "Words" });
  expect((await proxy.call("GET", "/tenant/new")).body).toEqual({
    ...made,
    name: "Words",
    rate_limits: null,
    updated_ts: expect.any(Number),
  });
  const taken = await admin.post(`${HERE}/add`, { ...typed, client_base_url: "" });
  expect(taken.status).toBe(422);
  expect(await taken.text()).toContain("is taken");
});

test("stores are added and taken away by name, and their secrets are not shown", async () => {
  const proxy = await shop({ ATTACHMENT_STORES: "" });
  const admin = await browse(proxy);
  const shown = { active: "true", name: "The Shop", "client_auth.method": "none", attachment_format: "form" };
  const now = await tenant(proxy);
  const paths = {
    client_sync_path: String(now.client_sync_path),
    client_attachment_path: String(now.client_attachment_path),
  };
  const url = "s3://key:a-long-secret@bucket?endpoint=https://s3.example.com&region=eu";
  const { text } = await admin.submit(`${HERE}/shop/edit`, { ...shown, ...paths, stores: `archive = ${url}` });
  expect(text).toContain("archive: s3://");
  expect(text).not.toContain("a-long-secret");
  await admin.submit(`${HERE}/shop/edit`, { ...shown, ...paths, stores: "archive" });
  expect((await tenant(proxy)).stores ?? {}).toEqual({});
});

test("a tenant for which mail waits is deleted only where that is wanted", async () => {
  const proxy = await shop();
  await add(proxy, "one");
  const admin = await browse(proxy);
  const refused = await admin.submit(`${HERE}/delete`, { tenant_id: "shop" });
  expect(refused.location).toBe(`${HERE}/shop`);
  expect(refused.text).toContain("messages of tenant shop wait");
  const { location } = await admin.submit(`${HERE}/delete`, { tenant_id: "shop", force: "true" });
  expect(location).toBe(HERE);
  expect((await proxy.call("GET", "/tenant/shop")).status).toBe(404);
});

test("names that are markup are shown as text, and their pages are found", async () => {
  const proxy = await startApp();
  await proxy.call("POST", "/tenant", { id: STRANGE, name: STRANGE, suspended_batches: [STRANGE] });
  const admin = await browse(proxy);
  const href = `${HERE}/${encodeURIComponent(STRANGE)}`;
  for (const path of [HERE, href, `${href}/edit`]) {
    const text = await admin.text(path);
    expect(text).toContain("&lt;img src=x");
    expect(text).not.toContain("<img");
  }
});

test("a tenant's key has its own tenant's page, without what the API would refuse it", async () => {
  const proxy = await shop();
  await proxy.call("POST", "/tenant", { id: "other", name: "Other Ltd" });
  const own = await browse(proxy, "shop");
  const list = await own.get(HERE);
  expect(list.status).toBe(303);
  expect(list.headers.get("Location")).toBe(`${HERE}/shop`);
  const page = await own.text(`${HERE}/shop`);
  expect(page).toContain("Suspend this batch");
  expect(page).not.toMatch(/Make a new key|Delete this tenant|Other Ltd/);
  const form = await own.text(`${HERE}/shop/edit`);
  expect(form).not.toMatch(/name="(active|allowed_senders|rate_limits)/);

  expect((await own.get(`${HERE}/other`)).status).toBe(403);
  expect((await own.get(`${HERE}/other/edit`)).status).toBe(403);
  const refused = await own.submit(`${HERE}/suspend`, { tenant_id: "other", batch_code: "*", back: `${HERE}/shop` });
  expect(refused.text).toContain("this key opens only its own tenant");
  const key = await own.submit(`${HERE}/key`, { tenant_id: "shop" });
  expect(key.text).toContain("only the admin token opens this");
  await own.submit(`${HERE}/suspend`, { tenant_id: "shop", batch_code: "*" });
  expect(await tenant(proxy)).toMatchObject({ suspended_batches: ["*"] });
});
