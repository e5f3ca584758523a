/** What an endpoint gets, how it is called, and what is kept of its answer. */

import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import { rows } from "../../../src/db/database.ts";
import { createHttpClient } from "../../../src/runtimes/http-client.ts";
import { testDatabase } from "../../support/database.ts";
import { addTenant, vault } from "../support.ts";
import {
  addSubscriber,
  addWebhook,
  attempts,
  deliveries,
  happens,
  receiver,
  SECRET,
  T0,
  tick,
  webhookRow,
  webhooks,
} from "./support.ts";

async function scene() {
  const db = await testDatabase();
  const app = await receiver();
  await addSubscriber(db, "t", app.url);
  return { db, app, one: webhooks(db, { now: () => T0 }) };
}

test("a delivery is signed by Standard Webhooks, with the secret before this one too while that is valid", async () => {
  const db = await testDatabase();
  const app = await receiver();
  await addSubscriber(db, "t", app.url);
  const previous = `whsec_${Buffer.from("the secret of the day before ...").toString("base64")}`;
  await rows(db, "update webhooks set secret_previous = ?, secret_previous_until = ?", [
    await vault.seal(previous),
    Date.now() + 60_000,
  ]);
  await happens(db, "t", Date.now());
  await tick(webhooks(db));
  const [{ body, headers, id } = { body: "", headers: new Headers(), id: "" }] = app.calls;
  for (const secret of [SECRET, previous]) {
    expect(new Webhook(secret).verify(body, Object.fromEntries(headers))).toMatchObject({ type: "email.sent" });
  }
  expect(id).toMatch(/^msg_[0-9a-f]{32}$/);
  expect(headers.get("content-type")).toBe("application/json");
});

test("the body is the one that is stored, byte for byte", async () => {
  const { db, app, one } = await scene();
  const pk = "t-pk-w0";
  await happens(db, "t", T0, "error", { error: 'a "quoted" \\ reason \u0000 with \ud83d\ude00' });
  await tick(one);
  const [stored] = await deliveries(db);
  expect(app.calls[0]!.body).toBe(stored!.payload);
  expect(JSON.parse(stored!.payload)).toMatchObject({
    type: "email.failed",
    data: {
      email_id: expect.stringContaining(pk.slice(0, 5)),
      failed: { reason: 'a "quoted" \\ reason \u0000 with \ud83d\ude00' },
    },
  });
});

test("an endpoint hears of what it asked for, and of nothing that happened before it was there", async () => {
  const db = await testDatabase();
  const [some, all] = [await receiver(), await receiver()];
  await addTenant(db, "t", {});
  await addTenant(db, "other", {});
  await happens(db, "t", T0 - 1);
  await addWebhook(db, "some", "t", { url: some.url, events: ["email.bounced", "email.failed"] });
  const early = await happens(db, "t", T0 - 1, "bounce");
  await addWebhook(db, "all", "t", { url: all.url, createdAt: T0 });
  const bounced = await happens(db, "t", T0, "bounce");
  const sent = await happens(db, "t", T0);
  await happens(db, "t", T0, "relayed");
  await happens(db, "other", T0, "bounce");
  await tick(webhooks(db, { now: () => T0 }));
  expect(some.takenEvents()).toEqual([early, bounced]);
  expect(all.takenEvents()).toEqual([bounced, sent]);
});

test("of an answer the first KiB is kept where the tenant itself named the URL, and nothing where the operator did", async () => {
  const { db, app, one } = await scene();
  const page = `${"\u00e4".repeat(511)}x\u00e4${"y".repeat(100_000)}`;
  app.behave = () => new Response(page, { status: 500 });
  await happens(db, "t", T0);
  await tick(one);
  expect(await attempts(db)).toMatchObject([{ status: 500, answer: null, error: "HTTP 500" }]);
  // Public addresses only: so the answer is read by a client that reaches none of this machine's own.
  await rows(db, "update webhooks set public_only = 1, url = 'https://hooks.example.com/'");
  const http = async () => new Response(page, { status: 500 });
  await tick(webhooks(db, { now: () => T0 + 60_000, http }));
  const kept = (await attempts(db))[1]!.answer!;
  expect(kept).toBe(`${"\u00e4".repeat(511)}x`);
});

test("an answer whose body never ends is taken by its status", async () => {
  const { db } = await scene();
  await rows(db, "update webhooks set public_only = 1, url = 'https://hooks.example.com/'");
  const body = new ReadableStream({ pull: (controller) => controller.error(new Error("it broke off")) });
  await happens(db, "t", T0);
  await tick(webhooks(db, { now: () => T0, http: async () => new Response(body) }));
  expect(await deliveries(db)).toMatchObject([{ state: "delivered" }]);
  expect(await attempts(db)).toMatchObject([{ status: 200, answer: "" }]);
});

test("a redirect is a failure, and is not followed", async () => {
  const { db, app, one } = await scene();
  app.behave = () => new Response(null, { status: 307, headers: { location: `${app.url}/elsewhere` } });
  await happens(db, "t", T0);
  await tick(one);
  expect(app.calls).toHaveLength(1);
  expect(await attempts(db)).toMatchObject([{ status: 307, error: "HTTP 307: redirects are not followed" }]);
});

test("an endpoint that answers nothing is a failure after the timeout, and one that hangs up at once", async () => {
  const { db, app } = await scene();
  app.behave = () => new Promise<never>(() => undefined);
  await happens(db, "t", T0);
  await tick(webhooks(db, { now: () => T0, callTimeoutMs: 50 }));
  app.behave = () => undefined;
  await tick(webhooks(db, { now: () => T0 + 60_000 }));
  expect(await attempts(db)).toMatchObject([
    { status: null, error: "no answer within 0.05 s" },
    { status: null, error: "ECONNRESET" },
  ]);
});

test.each([
  ["a private address", "http://127.0.0.1:1/"],
  ["a name that has one", "http://localhost:1/"],
])("a URL that a tenant named is not called at %s, whatever it was when it was named", async (_, url) => {
  const { db, one } = await scene();
  await rows(db, "update webhooks set public_only = 1, url = ?", [url]);
  await happens(db, "t", T0);
  await tick(one);
  expect(await attempts(db)).toMatchObject([{ status: null, error: "the URL cannot be reached at a public address" }]);
});

test("a name that is public by its looks is refused at the address that it resolves to", async () => {
  const { db, app } = await scene();
  const { port } = new URL(app.url);
  await rows(db, "update webhooks set public_only = 1, url = ?", [`http://hooks.example.com:${port}/`]);
  await happens(db, "t", T0);
  // As the HTTP client does once the name is resolved, to this machine.
  const client = createHttpClient();
  await tick(webhooks(db, { now: () => T0, http: (request) => client({ ...request, url: new URL(app.url) }) }));
  expect(app.calls).toEqual([]);
  expect(await attempts(db)).toMatchObject([{ error: "the URL cannot be reached at a public address" }]);
});

test("a secret that cannot be opened any more fails the call, which says so and shows nothing", async () => {
  const { db, app, one } = await scene();
  await rows(db, "update webhooks set secret = 'ENC:broken'");
  await happens(db, "t", T0);
  await tick(one);
  expect(app.calls).toEqual([]);
  expect(await attempts(db)).toMatchObject([{ error: "the signing secret cannot be used: rotate it" }]);
  expect(await webhookRow(db, "t")).toMatchObject({ failures: 1 });
});

test("what is taken and what is not is counted by tenant", async () => {
  const { db, app, one } = await scene();
  await happens(db, "t", T0);
  await happens(db, "t", T0);
  await tick(one);
  app.behave = () => 500;
  await happens(db, "t", T0);
  await tick(one);
  expect(await rows(db, "select name, tenant_id, value from counters order by name")).toEqual([
    { name: "mail_proxy_webhook_deliveries_total", tenant_id: "t", value: 2 },
    { name: "mail_proxy_webhook_failures_total", tenant_id: "t", value: 1 },
  ]);
});
