/** The first page: how it goes, what waits, and what needs somebody, for whoever looks. */
import { expect, test } from "vitest";
import { startApp, type TestApp } from "../support/app.ts";
import { startSmtpServer } from "../support/smtp-server.ts";
import { type Browsing, browse } from "./browsing.ts";

interface Setting {
  proxy: TestApp;
  admin: Browsing;
}

async function opened(): Promise<Setting> {
  const proxy = await startApp();
  return { proxy, admin: await browse(proxy) };
}

async function addTenant({ proxy }: Setting, id: string, port: number): Promise<void> {
  await proxy.call("POST", "/tenant", { id });
  await proxy.call("POST", "/account", { tenant_id: id, id: "mail", host: "127.0.0.1", port, use_tls: false });
}

async function send({ proxy }: Setting, tenant_id: string, ids: string[], more: object = {}): Promise<void> {
  const base = { tenant_id, from: "a@shop.test", to: "b@example.com", subject: "x", text: "y" };
  const messages = ids.map((id) => ({ id, ...base, ...more }));
  expect((await proxy.call("POST", "/commands/add-messages", { messages })).body).toMatchObject({ queued: ids.length });
}

/** What a reader is told: no tags, one space. */
function said(page: string): string {
  return page
    .replace(/<script[\s\S]*?<\/script>/g, "")
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ");
}

/** The fields of the form that is posted there. */
function formTo(page: string, action: string): Record<string, string> {
  const form = page.split("<form").find((text) => text.includes(`action="${action}"`));
  expect(form, `a form to ${action}`).toBeDefined();
  const inputs = form!.slice(0, form!.indexOf("</form>")).matchAll(/name="([^"]*)" value="([^"]*)"/g);
  return Object.fromEntries([...inputs].map(([, name, value]) => [name, value]));
}

const tomorrow = () => ({ deferred_ts: Math.floor(Date.now() / 1000) + 86_400 });

test("an empty instance says what to do first", async () => {
  const setting = await opened();
  const before = said(await setting.admin.text("/dashboard"));
  expect(before).toContain("Nothing has been sent yet");
  expect(before).toContain("Add an account");
  expect(before).toContain("Nothing waits.");
  expect(before).toContain("All is well");
  await addTenant(setting, "shop", 1);
  expect(said(await setting.admin.text("/dashboard"))).not.toContain("Add an account");
  await send(setting, "shop", ["m1"], tomorrow());
  expect(said(await setting.admin.text("/dashboard"))).not.toContain("Nothing has been sent yet");
});

test("what was sent stands in the totals, in the table and in what is plotted, as the API tells it", async () => {
  const setting = await opened();
  const server = await startSmtpServer();
  await addTenant(setting, "shop", server.port);
  await send(setting, "shop", ["m1", "m2", "m3"]);
  for (const id of ["m1", "m2", "m3"]) await setting.proxy.until(id, "sent");
  const page = await setting.admin.text("/dashboard");
  expect(said(page)).toMatch(/ sent 3 failed 0 /);
  const { body } = await setting.proxy.call("GET", "/figures");
  const points = body.points as { ts: number; sent: number }[];
  const [plotted] = [...page.matchAll(/data-plot="([^"]*)"/g)].map(([, text = ""]) =>
    JSON.parse(text.replaceAll("&quot;", '"')),
  );
  const at = (ts: number) => plotted.series[0][plotted.ts.indexOf(ts)];
  for (const { ts, sent } of points.filter((point) => point.sent > 0)) {
    expect(at(ts)).toBeGreaterThanOrEqual(sent); // the step under way is drawn as it goes on (rates.test.ts)
    const iso = new Date(ts * 1000).toISOString();
    expect(page).toMatch(new RegExp(`<time datetime="${iso}">[^<]*</time></th><td class="number">${sent}</td>`));
  }
});

test.each([
  ["hour", "Last hour", 60],
  ["day", "Last day", 600],
  ["week", "Last week", 3_600],
])("the last %s is shown by a link that says so", async (range, name, step) => {
  const { admin } = await opened();
  const page = await admin.text(`/dashboard?range=${range}`);
  expect(page).toContain(`<a href="/dashboard?range=${range}" aria-current="true">${name}</a>`);
  const [, text = ""] = /data-plot="([^"]*)"/.exec(page)!;
  const { ts } = JSON.parse(text.replaceAll("&quot;", '"'));
  expect(ts[1] - ts[0]).toBe(step);
});

test("a range that there is none of is the last hour", async () => {
  const { admin } = await opened();
  expect(await admin.text("/dashboard?range=constructor")).toContain('aria-current="true">Last hour');
});

test("what waits stands there by state and priority, and what waits longest has a link", async () => {
  const setting = await opened();
  await addTenant(setting, "shop", 1);
  await send(setting, "shop", ["later"], tomorrow());
  await send(setting, "shop", ["a", "b"], { priority: "high" });
  const page = await setting.admin.text("/dashboard");
  expect(said(page)).toMatch(/3 messages: \d being sent, \d ready to be sent, 1 for later, 0 suspended/);
  expect(page).toContain('aria-label="Share of the queue: for later"');
  await expect
    .poll(async () => said(await setting.admin.text("/dashboard")), { timeout: 15_000 })
    .toMatch(/ready to be sent high 2 .*/);
  const { body } = await setting.proxy.call("GET", "/messages/a");
  expect(await setting.admin.text("/dashboard")).toContain(`<a href="/dashboard/messages/${body.pk}">a</a>`);
});

test("an account that fails is named with its reason, and the button tests it", async () => {
  const setting = await opened();
  await addTenant(setting, "shop", 1);
  await send(setting, "shop", ["m1"]);
  await expect
    .poll(async () => said(await setting.admin.text("/dashboard")), { timeout: 15_000 })
    // The message comes back to the line a moment after the account is paused.
    .toMatch(/Account mail of tenant shop is paused.* Last fault .* 1 message waits because of it/);
  const page = await setting.admin.text("/dashboard?range=day");
  expect(said(page)).toContain("ECONNREFUSED");
  const back = "/dashboard?range=day";
  expect(formTo(page, "/dashboard/accounts/test")).toEqual({ tenant_id: "shop", id: "mail", back });
  expect(page).toContain('aria-label="Test the connection: of account mail"');
});

test("where it is not known since when, and nothing waits, no line is left empty", async () => {
  const setting = await opened();
  await addTenant(setting, "shop", 1);
  await setting.proxy.call("POST", "/account/mail/pause?tenant_id=shop");
  const page = await setting.admin.text("/dashboard");
  expect(said(page)).toContain("Account mail of tenant shop is paused");
  expect(page).not.toMatch(/<p[^>]*>\s*<\/p>/);
});

test("a tenant's key, which has one tenant, is led to its tenant, and the admin to all of them", async () => {
  const setting = await opened();
  await addTenant(setting, "shop", 1);
  const navigation = (page: string) => said(/<nav aria-label="Pages">[\s\S]*?<\/nav>/.exec(page)?.[0] ?? "");
  expect(navigation(await (await browse(setting.proxy, "shop")).text("/dashboard"))).toContain(" Tenant ");
  expect(navigation(await setting.admin.text("/dashboard"))).toContain(" Tenants ");
});

test("a suspended batch goes on by the button that stands beside it", async () => {
  const setting = await opened();
  const server = await startSmtpServer();
  await addTenant(setting, "shop", server.port);
  await setting.proxy.call("POST", "/commands/suspend?tenant_id=shop&batch_code=spring");
  await send(setting, "shop", ["m1"], { batch_code: "spring" });
  const page = await setting.admin.text("/dashboard");
  expect(said(page)).toContain("Batch spring of tenant shop is suspended");
  const after = await setting.admin.submit("/dashboard/tenants/activate", formTo(page, "/dashboard/tenants/activate"));
  expect(after.location).toBe("/dashboard");
  await setting.proxy.until("m1", "sent");
  expect(said(await setting.admin.text("/dashboard"))).toContain("All is well");
});

test("what was done is told on the next page, once", async () => {
  const setting = await opened();
  await addTenant(setting, "shop", 1);
  const { text } = await setting.admin.submit("/dashboard/accounts/resume", { tenant_id: "shop", id: "mail" });
  const notice = "Account mail of shop sends again.";
  expect(said(text)).toContain(notice);
  expect(said(await setting.admin.text("/dashboard/accounts"))).not.toContain(notice);
});

test("a whole tenant that is suspended goes on by one button, too", async () => {
  const setting = await opened();
  await addTenant(setting, "shop", 1);
  await setting.proxy.call("POST", "/commands/suspend?tenant_id=shop");
  await send(setting, "shop", ["m1"]);
  const page = await setting.admin.text("/dashboard");
  expect(said(page)).toContain("Tenant shop is suspended");
  await setting.admin.submit("/dashboard/tenants/activate", formTo(page, "/dashboard/tenants/activate"));
  const { body } = await setting.proxy.call("GET", "/tenant/shop");
  expect(body.suspended_batches).toEqual([]);
});

test("the admin may look at one tenant, whose name is then not repeated", async () => {
  const setting = await opened();
  for (const tenant of ["shop", "forum"]) {
    await addTenant(setting, tenant, 1);
    await setting.proxy.call("POST", `/commands/suspend?tenant_id=${tenant}`);
    await send(setting, tenant, [`of-${tenant}`]);
  }
  const page = await setting.admin.text("/dashboard?tenant_id=forum");
  expect(page).toContain('<option value="forum" selected="">forum</option>');
  expect(said(page)).toContain("The tenant is suspended");
  expect(said(page)).toContain("1 message: 0 being sent");
  expect(page).not.toContain("of-shop");
});

test("a tenant's key sees its own figures, queue and concerns, and is offered no other tenant", async () => {
  const setting = await opened();
  const server = await startSmtpServer();
  for (const tenant of ["shop", "forum"]) await addTenant(setting, tenant, server.port);
  await send(setting, "shop", ["secret-1", "secret-2"]);
  for (const id of ["secret-1", "secret-2"]) await setting.proxy.until(id, "sent");
  await setting.proxy.call("POST", "/commands/suspend?tenant_id=shop&batch_code=hidden-spring");
  await send(setting, "shop", ["secret-3"], { batch_code: "hidden-spring" });
  await send(setting, "forum", ["own"], tomorrow());
  const key = await browse(setting.proxy, "forum");
  const page = await key.text("/dashboard");
  expect(page).not.toMatch(/secret|hidden-spring|shop/);
  expect(said(page)).toMatch(/ sent 0 failed 0 /);
  expect(said(page)).toContain("1 message: 0 being sent, 0 ready to be sent, 1 for later");
  expect(page).not.toContain('name="tenant_id"');
  const other = await key.get("/dashboard?tenant_id=shop");
  expect(other.status).toBeGreaterThanOrEqual(403);
  expect(await other.text()).not.toMatch(/secret|hidden-spring/);
});

test("names of strangers are text, and nothing else, wherever they stand", async () => {
  const setting = await opened();
  const name = `"><img src=x onerror=alert(1)>' </script>`;
  await addTenant(setting, name, 1);
  await setting.proxy.call(
    "POST",
    `/commands/suspend?tenant_id=${encodeURIComponent(name)}&batch_code=${encodeURIComponent(name)}`,
  );
  await send(setting, name, [name], { batch_code: name });
  const page = await setting.admin.text(`/dashboard?tenant_id=${encodeURIComponent(name)}`);
  expect(page).not.toContain("<img");
  expect(page.match(/<\/script>/g)).toHaveLength(3); // the shell's own
  const all = await setting.admin.text("/dashboard");
  expect(all).not.toContain("<img");
  expect(all).toContain(`href="/dashboard/tenants/${encodeURIComponent(name).replaceAll("'", "&#39;")}"`);
});
