/** The suppression list in the dashboard: who is on it, and how it is changed. */
import { expect, test } from "vitest";
import { startApp, type TestApp } from "../support/app.ts";
import { type Browsing, browse } from "./browsing.ts";

const ADDRESSES = ["ann@example.com", "bob@example.com", "cid@elsewhere.example"];

async function withList(): Promise<{ proxy: TestApp; admin: Browsing }> {
  const proxy = await startApp();
  for (const id of ["acme", "shop"]) await proxy.call("POST", "/tenant", { id });
  const suppressions = ADDRESSES.map((address) => ({ address, source: "complaint", reason: `${address} complained` }));
  await proxy.call("POST", "/suppressions?tenant_id=shop", { suppressions });
  return { proxy, admin: await browse(proxy) };
}

async function onTheList({ call }: TestApp, tenant = "shop"): Promise<string[]> {
  const { body } = await call("GET", `/suppressions?tenant_id=${tenant}`);
  return (body.suppressions as { address: string }[]).map(({ address }) => address).sort();
}

test("the admin chooses whose list it is, and searches it", async () => {
  const { admin } = await withList();
  expect(await admin.text("/dashboard/suppressions")).toContain("The list is empty.");
  const all = await admin.text("/dashboard/suppressions?tenant_id=shop");
  for (const address of ADDRESSES) expect(all).toContain(`${address} complained`);
  const some = await admin.text("/dashboard/suppressions?tenant_id=shop&q=elsewhere&source=complaint");
  expect(some).toContain("cid@elsewhere.example");
  expect(some).not.toContain("ann@example.com");
  expect(await admin.text("/dashboard/suppressions?tenant_id=shop&source=bounce")).toContain(
    "Nothing on the list fits.",
  );
});

test("an address is put on the list for some days, and the list that was looked at says so", async () => {
  const { proxy, admin } = await withList();
  const fields = { tenant_id: "shop", q: "new", address: "New@Example.com", reason: "asked by phone", days: "2" };
  const page = await admin.submit("/dashboard/suppressions/add", fields);
  expect(page.location).toBe("/dashboard/suppressions?tenant_id=shop&q=new");
  expect(page.text).toContain("1 added, 0 renewed, 0 refused");
  const { body } = await proxy.call("GET", "/suppressions?tenant_id=shop&q=new");
  const [entry] = body.suppressions as Record<string, number>[];
  expect(entry).toMatchObject({ source: "manual", reason: "asked by phone" });
  expect(entry!.expires_ts! - entry!.created_ts!).toBe(2 * 86_400);
});

test("what is no address is refused in words", async () => {
  const { proxy, admin } = await withList();
  const page = await admin.submit("/dashboard/suppressions/add", { tenant_id: "shop", address: "no address" });
  expect(page.text).toMatch(/class="notice failed">0 added, 0 renewed, 1 refused; no address: /);
  expect(await onTheList(proxy)).toEqual(ADDRESSES);
});

test("one is taken off by its own button, whatever else is ticked", async () => {
  const { proxy, admin } = await withList();
  const ticked = [
    ["tenant_id", "shop"],
    ["address", "ann@example.com"],
    ["only", "bob@example.com"],
  ];
  const page = await admin.submit("/dashboard/suppressions/remove", ticked);
  expect(page.text).toContain("Taken off the list: 1");
  expect(await onTheList(proxy)).toEqual(["ann@example.com", "cid@elsewhere.example"]);
});

test("those that are ticked are taken off together", async () => {
  const { proxy, admin } = await withList();
  const ticked = [["tenant_id", "shop"], ...ADDRESSES.slice(0, 2).map((address) => ["address", address])];
  await admin.submit("/dashboard/suppressions/remove", ticked);
  expect(await onTheList(proxy)).toEqual(["cid@elsewhere.example"]);
});

test("what is exported can be imported, and lines that are wrong are told", async () => {
  const { proxy, admin } = await withList();
  const exported = await admin.get("/dashboard/suppressions/export?tenant_id=shop&q=example.com");
  expect(exported.headers.get("Content-Disposition")).toContain("suppressions.csv");
  const csv = await exported.text();
  const form = new FormData();
  form.set("tenant_id", "acme");
  form.set("file", new File([`${csv}nobody,,,,,,\r\n`], "list.csv", { type: "text/csv" }));
  const page = await admin.submit("/dashboard/suppressions/import", form);
  expect(page.text).toContain("2 added, 0 renewed, 1 refused; line 4, nobody: ");
  expect(await onTheList(proxy, "acme")).toEqual(["ann@example.com", "bob@example.com"]);
});

test("a file that is too large is refused, and a login that is none is not even read", async () => {
  const proxy = await startApp({ MAX_BODY_BYTES: "20000" });
  await proxy.call("POST", "/tenant", { id: "shop" });
  const admin = await browse(proxy);
  const large = "x".repeat(20_000);
  const answer = await admin.post("/dashboard/suppressions/import", { tenant_id: "shop", file: large });
  expect(answer.status).toBe(413);
  expect(await answer.text()).toContain("larger than what is taken at once");
  expect((await admin.post("/dashboard/login", { token: large })).status).toBe(413);
});

test("an entry leads to the message that brought it", async () => {
  const { proxy, admin } = await withList();
  const pk = "0190a5a0-0000-7000-8000-000000000001";
  await proxy.db.client.execute(`update suppressions set pk = '${pk}' where address = 'ann@example.com'`);
  const text = await admin.text("/dashboard/suppressions?tenant_id=shop");
  expect(text).toContain(`<a href="/dashboard/messages/${pk}">complaint</a>`);
});

test("a tenant's key sees and changes its own list alone", async () => {
  const { proxy } = await withList();
  const acme = await browse(proxy, "acme");
  expect(await acme.text("/dashboard/suppressions")).not.toContain("complained");
  expect(await acme.text("/dashboard/suppressions?tenant_id=shop")).not.toContain("complained");
  expect((await acme.get("/dashboard/suppressions/export?tenant_id=shop")).status).toBe(403);
  const refused = await acme.submit("/dashboard/suppressions/remove", { tenant_id: "shop", address: ADDRESSES[0]! });
  expect(refused.text).toContain("this key opens only its own tenant");
  expect(await onTheList(proxy)).toEqual(ADDRESSES);
});

test("without a tenant there is nothing to list, and the page says what to do", async () => {
  const admin = await browse(await startApp());
  expect(await admin.text("/dashboard/suppressions")).toContain("There is no tenant yet");
});
