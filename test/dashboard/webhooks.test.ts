/** Webhooks in the dashboard: made and changed, how they stand in words, what they were told, and what is told once more. */
import { expect, test } from "vitest";
import { type Behaviour, endpoint } from "../reports/support.ts";
import { type Answer, startApp, type TestApp } from "../support/app.ts";
import { browse } from "./browsing.ts";

/** Two tenants; the second sends through an account that delivers nothing, and has a webhook where `behave` answers. */
async function withHook(behave?: Behaviour) {
  const proxy = await startApp();
  for (const id of ["acme", "shop"]) await proxy.call("POST", "/tenant", { id });
  await proxy.call("POST", "/account", {
    id: "default",
    tenant_id: "shop",
    host: "smtp.example.com",
    suppress_send: true,
  });
  const hook = await endpoint(behave);
  const { body } = await proxy.call("POST", "/webhooks?tenant_id=shop", { url: `${hook.url}/mail` });
  const id = String(body.id);
  return { proxy, hook, id, page: `/dashboard/webhooks/${id}`, admin: await browse(proxy) };
}

/** Waits until the webhook's log holds a delivery in this state. */
async function delivery({ call }: TestApp, id: string, state: string): Promise<Answer> {
  for (;;) {
    const { body } = await call("GET", `/webhooks/${id}/deliveries?state=${state}`);
    const [found] = body.data as Answer[];
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The page once it says so; embedded, a look alone would let nothing else go on. */
async function until(look: () => Promise<string>, words: RegExp): Promise<string> {
  for (;;) {
    const text = await look();
    if (words.test(text)) return text;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function send({ call }: TestApp, id: string): Promise<unknown> {
  const message = { id, tenant_id: "shop", from: "shop@example.com", to: "ann@example.net", subject: id, text: "x" };
  return call("POST", "/commands/add-messages", { messages: [message] });
}

/** The signing secret that stands in a page. */
const secretIn = (text: string) => /<code[^>]*>(whsec_[\w+/=]+)<\/code>/.exec(text)?.[1];

test("a webhook is added for the tenant that is looked at, and its secret shown once", async () => {
  const { proxy, admin } = await withHook();
  const fields = [
    ["tenant_id", "acme"],
    ["url", "https://hooks.acme.example/mail"],
    ["event", "email.sent"],
    ["event", "email.bounced"],
  ];
  const shown = await (await admin.post("/dashboard/webhooks/add", fields)).text();
  const secret = secretIn(shown);
  expect(secret).toBeDefined();
  const list = await admin.text("/dashboard/webhooks?tenant_id=acme");
  expect(list).toContain("https://hooks.acme.example/mail");
  expect(list).toContain("email.sent, email.bounced");
  expect(list).not.toContain("127.0.0.1");
  const { body } = await proxy.call("GET", "/webhooks?tenant_id=acme");
  const [{ id }] = body.webhooks as [{ id: string }];
  expect(await admin.text(`/dashboard/webhooks/${id}`)).not.toContain(secret);
});

test("what is refused comes back with the form as it was filled in, and the reason", async () => {
  const { admin } = await withHook();
  const fields = { tenant_id: "shop", url: "ftp://hooks.shop.example", event: "email.sent" };
  const answer = await admin.post("/dashboard/webhooks/add", fields);
  expect(answer.status).toBe(422);
  const text = await answer.text();
  expect(text).toContain("must be an http or https URL");
  expect(text).toContain('value="ftp://hooks.shop.example"');
  expect(text).toMatch(/value="email.sent" checked/);
  expect(text).toMatch(/<option value="shop" selected/);
});

test("a webhook is given another URL and other events", async () => {
  const { proxy, admin, id, page } = await withHook();
  const fields = { url: "https://hooks.shop.example/new", event: "email.failed" };
  const changed = await admin.submit(`${page}/edit`, fields);
  expect(changed).toMatchObject({ location: page, text: expect.stringContaining("Saved.") });
  const { body } = await proxy.call("GET", `/webhooks/${id}`);
  expect(body).toMatchObject({ url: fields.url, events: ["email.failed"] });
  await admin.submit(`${page}/edit`, { url: fields.url });
  expect((await proxy.call("GET", `/webhooks/${id}`)).body.events).toBeNull();
});

test("a test call is made, and stands in the log with its body and its answer", async () => {
  const { proxy, admin, hook, id, page } = await withHook(() => ({ status: 200, body: "thanks" }));
  const sent = await admin.submit(`${page}/test`, {});
  expect(sent.text).toContain("A test is on its way");
  await hook.called(1);
  const { id: told } = await delivery(proxy, id, "delivered");
  expect(await admin.text(page)).toContain("It takes what it is told.");
  expect(await admin.text(page)).toContain(`href="${page}/deliveries/${told}"`);
  const shown = await admin.text(`${page}/deliveries/${told}`);
  expect(shown).toContain("Delivery of webhook.test");
  expect(shown).toMatch(/<td>200<\/td>/);
  expect(shown).toContain("&quot;type&quot;: &quot;webhook.test&quot;");
});

test("a failing endpoint is told of in words: since when, what it answers, what happens next", async () => {
  const { proxy, admin, id, page } = await withHook(() => ({ status: 500 }));
  await send(proxy, "m1");
  const text = await until(() => admin.text(page), /has taken nothing since/);
  expect(text).toContain("(1 call failed)");
  expect(text).toContain("that takes nothing for 5 days is disabled");
  const { id: told } = await delivery(proxy, id, "pending");
  const shown = await admin.text(`${page}/deliveries/${told}`);
  expect(shown).toContain("HTTP 500");
  expect(shown).toContain("Next call");
  expect(await admin.text("/dashboard/webhooks?tenant_id=shop")).toContain(">failing<");
});

test("what was missed while it was disabled is replayed, and one delivery by its own button", async () => {
  const { proxy, admin, hook, id, page } = await withHook();
  const disabled = await admin.submit(`${page}/disable`, {});
  expect(disabled.text).toContain("Somebody has disabled it.");
  await send(proxy, "m1");
  await delivery(proxy, id, "missed");
  const refused = await admin.submit(`${page}/replay`, { minutes: "60" });
  expect(refused.text).toContain("is disabled: enable it first");
  await admin.submit(`${page}/enable`, {});
  const replayed = await admin.submit(`${page}/replay`, { minutes: "60", state: "missed" });
  expect(replayed.text).toContain("1 on their way again.");
  await hook.called(1);
  const { id: told } = await delivery(proxy, id, "delivered");
  await admin.submit(`${page}/deliveries/${told}/replay`, {});
  const [first, second] = await hook.called(2);
  expect(second?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
});

test("the log is narrowed to a state and an event", async () => {
  const { proxy, admin, id, page } = await withHook();
  await send(proxy, "m1");
  const { id: told } = await delivery(proxy, id, "delivered");
  expect(await admin.text(`${page}?state=delivered&event_type=email.sent`)).toContain(String(told));
  for (const other of ["state=failed", "event_type=email.bounced"])
    expect(await admin.text(`${page}?${other}`)).not.toContain(String(told));
});

test("another secret is shown once, with how long the one before it signs too", async () => {
  const { admin, page } = await withHook();
  const shown = await (await admin.post(`${page}/rotate`, {})).text();
  expect(secretIn(shown)).toBeDefined();
  expect(shown).toContain("signs too until");
  const after = await admin.text(page);
  expect(after).toContain("Old secret signs until");
  expect(after).not.toContain(secretIn(shown));
});

test("a webhook is enabled from where it is told of, and nobody is led out of the dashboard by that", async () => {
  const { proxy, admin, id } = await withHook();
  const enable = (back: string) => admin.post("/dashboard/webhooks/enable", { tenant_id: "shop", id, back });
  await proxy.call("PATCH", `/webhooks/${id}`, { enabled: false });
  expect((await enable("/dashboard?of=shop")).headers.get("Location")).toBe("/dashboard?of=shop");
  expect((await proxy.call("GET", `/webhooks/${id}`)).body.status).toBe("enabled");
  expect((await enable("//evil.example")).headers.get("Location")).toBe("/dashboard/webhooks");
});

test("a webhook that is removed is gone", async () => {
  const { admin, page } = await withHook();
  const removed = await admin.submit(`${page}/delete`, {});
  expect(removed.location).toBe("/dashboard/webhooks?tenant_id=shop");
  expect(removed.text).toContain("There is no webhook yet.");
  expect((await admin.get(page)).status).toBe(404);
});

test("a tenant's key sees and touches its own webhooks alone", async () => {
  const { proxy, id, page, hook } = await withHook();
  await send(proxy, "m1");
  const { id: told } = await delivery(proxy, id, "delivered");
  const acme = await browse(proxy, "acme");
  expect(await acme.text("/dashboard/webhooks?tenant_id=shop")).not.toContain(hook.url);
  for (const path of [page, `${page}/deliveries/${told}`]) expect((await acme.get(path)).status).toBe(404);
  for (const action of ["disable", "edit", "test", "rotate", "replay"])
    expect((await acme.post(`${page}/${action}`, { url: "https://a.example", minutes: "60" })).status).toBe(303);
  expect((await acme.post(`${page}/delete`, {})).status).toBe(404);
  const { body } = await proxy.call("GET", `/webhooks/${id}`);
  expect(body).toMatchObject({ status: "enabled", url: `${hook.url}/mail`, secretRotatedAt: null });
  expect(hook.calls).toHaveLength(1);
});
