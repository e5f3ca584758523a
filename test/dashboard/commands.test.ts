/** The command log in the dashboard: who asked for what, and what came of it. */
import { expect, test } from "vitest";
import { startApp, type TestApp } from "../support/app.ts";
import { browse } from "./browsing.ts";

async function withLog(): Promise<TestApp> {
  const proxy = await startApp();
  for (const id of ["acme", "shop"]) await proxy.call("POST", "/tenant", { id });
  const account = { id: "default", tenant_id: "shop", host: "smtp.shop.example", user: "shop", password: "hush" };
  await proxy.call("POST", "/account", account);
  await proxy.call("POST", "/account", { id: "default", tenant_id: "acme", host: "smtp.acme.example", colour: "red" });
  return proxy;
}

test("every call that changed something stands in the log with what was sent and answered, and no secret", async () => {
  const admin = await browse(await withLog());
  const text = await admin.text("/dashboard/commands");
  expect(text).toMatch(/<strong>POST<\/strong> <span class="path">\/account<\/span>/);
  expect(text).toContain("&quot;host&quot;: &quot;smtp.shop.example&quot;");
  expect(text).toContain("refused (422)");
  expect(text).not.toContain("hush");
});

test("the log is narrowed to a tenant and a time", async () => {
  const admin = await browse(await withLog());
  const shop = await admin.text("/dashboard/commands?tenant_id=shop");
  expect(shop).toContain("smtp.shop.example");
  expect(shop).not.toContain("tenant acme");
  expect(await admin.text("/dashboard/commands?since=2999-01-01T00:00")).toContain(
    "Nothing was asked for in this time.",
  );
  expect(await admin.text("/dashboard/commands?until=2999-01-01T00:00&since=")).toContain("smtp.shop.example");
});

test("a long log comes in pages, which keep what it was narrowed to", async () => {
  const proxy = await withLog();
  for (let i = 0; i < 30; i++)
    await proxy.call("POST", "/suppressions?tenant_id=shop", { address: `a${i}@example.com` });
  const admin = await browse(proxy);
  const first = await admin.text("/dashboard/commands?tenant_id=shop");
  const [, next = ""] = /rel="next" href="([^"]+)"/.exec(first) ?? [];
  expect(next).toContain("tenant_id=shop&amp;");
  const second = await admin.text(next.replaceAll("&amp;", "&"));
  expect(first).toContain("a29@example.com");
  expect(first).not.toContain("a0@example.com");
  expect(second).toContain("a0@example.com");
});

test("the log is exported as lines of JSON, narrowed as it is shown", async () => {
  const admin = await browse(await withLog());
  const exported = await admin.get("/dashboard/commands/export?tenant_id=shop&since=&until=");
  expect(exported.headers.get("Content-Disposition")).toBe('attachment; filename="command-log.jsonl"');
  const lines = (await exported.text()).trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line).tenant_id)).toEqual(["shop", "shop"]);
});

test("a tenant's key sees what concerned its own tenant alone", async () => {
  const acme = await browse(await withLog(), "acme");
  const text = await acme.text("/dashboard/commands");
  expect(text).toContain("tenant acme");
  expect(text).not.toContain("smtp.shop.example");
  expect((await acme.get("/dashboard/commands?tenant_id=shop")).status).toBe(200);
  expect(await acme.text("/dashboard/commands?tenant_id=shop")).not.toContain("smtp.shop.example");
  expect((await acme.get("/dashboard/commands/export?tenant_id=shop")).status).toBe(403);
});
