/** The whole way, in the whole application: a message is sent, and its webhook hears of it. */
import { expect, test } from "vitest";
import { ADMIN_TOKEN, type Answer, startApp } from "../../support/app.ts";
import { startSmtpServer } from "../../support/smtp-server.ts";
import { receiver } from "./support.ts";

const WAIT = { timeout: 20_000 };

test("what becomes of a message is told to the tenant's webhook, and counted", async () => {
  const server = await startSmtpServer({});
  const app = await receiver();
  const on = await startApp();
  await on.call("POST", "/tenant", { id: "acme" });
  await on.call("POST", "/account", {
    tenant_id: "acme",
    id: "main",
    host: "127.0.0.1",
    port: server.port,
    tls: "none",
  });
  const made = await on.call("POST", "/webhooks?tenant_id=acme", {
    endpoint: app.url,
    events: ["email.sent", "email.failed"],
  });
  expect(made.status).toBe(200);
  const message = {
    tenant_id: "acme",
    id: "m1",
    from: "Ann <ann@example.com>",
    to: ["bob@example.net"],
    subject: "Hi",
    text: "x",
    tags: { shop: "1" },
  };
  const { body } = await on.call("POST", "/commands/add-messages", { messages: [message] });
  expect(body).toMatchObject({ queued: 1 });
  await expect.poll(() => app.taken.length, WAIT).toBe(1);
  const told = JSON.parse(app.taken[0]!.body) as Answer;
  expect(told).toMatchObject({
    type: "email.sent",
    data: {
      id: "m1",
      tenant_id: "acme",
      account_id: "main",
      from: "Ann <ann@example.com>",
      to: ["bob@example.net"],
      subject: "Hi",
      tags: { shop: "1" },
    },
  });
  const { email_id, message_id } = told.data as { email_id: string; message_id: string };
  expect(message_id).toBe(`<${email_id}@example.com>`);
  expect(String(server.messages[0]!.wire)).toContain(message_id);
  const metrics = async () =>
    (await on.app.fetch(new Request("http://proxy.test/metrics", { headers: { "X-API-Token": ADMIN_TOKEN } }))).text();
  await expect.poll(metrics, WAIT).toContain('mail_proxy_webhook_deliveries_total{tenant_id="acme",account_id=""} 1\n');
  expect(await metrics()).toContain("mail_proxy_webhooks_disabled 0\n");
});
