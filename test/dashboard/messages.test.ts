/** The list of messages in the dashboard: what it shows, how it is searched, what is done with many at once. */
import { expect, test } from "vitest";
import { rows } from "../../src/db/database.ts";
import { startApp, type TestApp } from "../support/app.ts";
import { type Browsing, browse } from "./browsing.ts";

const HERE = "/dashboard/messages";
const LATER = 4_000_000_000;

/** Waits until long after the test, unless it says otherwise. */
function message(id: string, fields: object = {}) {
  const basics = { tenant_id: "shop", from: "app@example.com", to: ["bob@example.net"], subject: `About ${id}` };
  return { id, ...basics, text: "Hello", deferred_ts: LATER, ...fields };
}

/** Two tenants with an account each. */
async function withMessages(...messages: object[]): Promise<{ proxy: TestApp; admin: Browsing }> {
  const proxy = await startApp({ TEST_MODE: "true" });
  for (const tenant_id of ["shop", "other"]) {
    await proxy.call("POST", "/tenant", { id: tenant_id });
    await proxy.call("POST", "/account", { id: "main", tenant_id, host: "127.0.0.1", port: 9, tls: "none" });
  }
  const { body } = await proxy.call("POST", "/commands/add-messages", { messages });
  expect(body).toMatchObject({ rejected: [] });
  return { proxy, admin: await browse(proxy) };
}

async function pkOf({ call }: TestApp, id: string, tenant = "shop"): Promise<string> {
  const { body } = await call("GET", `/messages/${encodeURIComponent(id)}?tenant_id=${tenant}`);
  return String(body.pk);
}

/** The ids that the page lists, in their order. */
function listed(page: string): string[] {
  return [...page.matchAll(/aria-label="Select ([^"]*)"/g)].map(([, id = ""]) => id);
}

test("messages stand newest first, each with its recipients, its subject, its state and its next try", async () => {
  const { admin } = await withMessages(
    message("m1"),
    message("m2", { tenant_id: "other", to: ["ann@example.net", "bob@example.net", "cid@example.net"] }),
  );
  const page = await admin.text(HERE);
  expect(listed(page)).toEqual(["m2", "m1"]);
  for (const words of ["ann@example.net", "and 2 more", "About m1", ">other<", "deferred", "2096-10-02T07:06:40"])
    expect(page).toContain(words);
});

test("a list has fifty messages a page, and its address leads on with the filter", async () => {
  const { admin } = await withMessages(...Array.from({ length: 60 }, (_, n) => message(`m${n}`)));
  const first = await admin.text(`${HERE}?q=About`);
  expect(listed(first)).toHaveLength(50);
  const [, next = ""] = /rel="next" href="([^"]*)"/.exec(first) ?? [];
  expect(next).toMatch(/^\/dashboard\/messages\?q=About&amp;cursor=\d+$/);
  const second = await admin.text(next.replace("&amp;", "&"));
  expect(listed(second)).toEqual(Array.from({ length: 10 }, (_, n) => `m${9 - n}`));
});

test.each([
  ["q=About+m1", ["m1"]],
  ["q=ANN%40", ["m2"]],
  ["q=&status=deferred&tenant_id=other", ["m2"]],
  ["status=active", ["m3", "m2", "m1"]],
  ["status=sent", []],
  ["batch_code=news", ["m3"]],
  ["account_id=main&tenant_id=shop", ["m3", "m1"]],
  ["since=2090-01-01T00:00", []],
  ["until=2020-01-01T00:00", []],
])("it is narrowed by %s", async (query, ids) => {
  const { admin } = await withMessages(
    message("m1"),
    message("m2", { tenant_id: "other", to: ["ann@example.net"] }),
    message("m3", { batch_code: "news" }),
  );
  const page = await admin.text(`${HERE}?${query}`);
  expect(listed(page)).toEqual(ids);
  if (ids.length === 0) expect(page).toContain("No message fits.");
});

test("what is no moment is told on the page, and the form keeps it", async () => {
  const { admin } = await withMessages();
  const response = await admin.get(`${HERE}?since=yesterday`);
  const page = await response.text();
  expect([response.status, page.includes('value="yesterday"')]).toEqual([422, true]);
  expect(page).toMatch(/class="notice failed" role="alert">[^<]*since/);
});

test("a very id is found at once, however far back the search would have to go", async () => {
  const { proxy, admin } = await withMessages(message("very/old id ü"));
  // More messages than one page searches through, and none of them is of interest.
  await rows(
    proxy.db,
    `with recursive n(i) as (select 1 union all select i + 1 from n where i < 50100)
     insert into messages (pk, tenant_id, id, priority, state, wake_at, expires_at, size, created_at)
     select 'pk-' || i, 'shop', 'new-' || i, 2, 'sent', ${Date.now() + 1e9}, 0, 1, 0 from n`,
  );
  expect(listed(await admin.text(`${HERE}?q=${encodeURIComponent("very/old id ü")}`))).toEqual(["very/old id ü"]);
  const pk = await pkOf(proxy, "very/old id ü");
  expect(listed(await admin.text(`${HERE}?q=${pk}`))).toEqual(["very/old id ü"]);
  const partly = await admin.text(`${HERE}?q=very`);
  expect(partly).toContain("None among the newest ones: older messages were not searched yet.");
  const [, further = ""] = /rel="next" href="([^"]*)">Search further back/.exec(partly) ?? [];
  expect(listed(await admin.text(further.replace("&amp;", "&")))).toEqual(["very/old id ü"]);
});

test("what is ticked is canceled, sent again, deleted; what cannot be is told one by one, and the list is the same", async () => {
  const { proxy, admin } = await withMessages(message("m1"), message("m2"), message("m3"));
  await proxy.call("POST", "/messages/m3/cancel");
  const pks = await Promise.all(["m1", "m2", "m3"].map((id) => pkOf(proxy, id)));
  const chosen = (deed: string) => [["do", deed], ["back", "q=About"], ...pks.map((pk) => ["pk", pk])];

  const canceled = await admin.submit(`${HERE}/chosen`, chosen("cancel"));
  expect(canceled.location).toBe(`${HERE}?q=About`);
  expect(canceled.text).toContain("2 messages were canceled; m3: it was canceled already");

  const again = await admin.submit(`${HERE}/chosen`, chosen("retry"));
  expect(again.text).toContain("3 messages were sent again");

  const deleted = await admin.submit(`${HERE}/chosen`, chosen("delete"));
  expect(deleted.text).toContain("3 messages were deleted");
  expect(listed(deleted.text)).toEqual([]);
  const gone = await admin.submit(`${HERE}/chosen`, chosen("delete"));
  expect(gone.text).toContain("None was deleted; ");
});

test("nothing ticked is told as such, and so is a form without a wish", async () => {
  const { admin } = await withMessages(message("m1"));
  expect((await admin.submit(`${HERE}/chosen`, { do: "delete" })).text).toContain("No message was ticked.");
  expect((await admin.submit(`${HERE}/chosen`, { do: "explode", pk: "x" })).text).toContain("Nothing was asked for");
});

test("a tenant's key sees its own messages only, and does nothing with another's", async () => {
  const { proxy } = await withMessages(message("m1"), message("secret-of-other", { tenant_id: "other" }));
  const shop = await browse(proxy, "shop");
  const page = await shop.text(HERE);
  expect(listed(page)).toEqual(["m1"]);
  expect(page).not.toContain('name="tenant_id"');
  expect((await shop.get(`${HERE}?tenant_id=other`)).status).toBe(422);
  expect(listed(await shop.text(`${HERE}?q=secret-of-other`))).toEqual([]);

  const pk = await pkOf(proxy, "secret-of-other", "other");
  for (const path of ["", "/body", "/source", "/raw"])
    expect([path, (await shop.get(`${HERE}/${pk}${path}`)).status]).toEqual([path, 404]);
  for (const deed of ["retry", "cancel", "delete"]) {
    expect((await shop.post(`${HERE}/${pk}/${deed}`, {})).status).toBe(303);
    const many = await shop.submit(`${HERE}/chosen`, { do: deed, pk });
    expect(many.text).toContain("None was ");
    expect(many.text).not.toContain("secret-of-other");
  }
  const { body } = await proxy.call("GET", `/messages/${pk}`);
  expect(body.status).toBe("deferred");
});
