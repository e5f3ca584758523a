/** What a tenant is told, how it knows who tells it, and that nothing is told for nothing. */
import { createHmac } from "node:crypto";
import { expect } from "vitest";
import type { ReceivedCall } from "../../reports/support.ts";
import { openTenant } from "../tenant.ts";
import type { Promises } from "./promise.ts";

const KEY = Buffer.from("twenty-four bytes of key");

export function reports({ proxy, promise }: Promises): void {
  promise("a report has the fields of the contract, and goes where the tenant says with what it demands", async () => {
    const tenant = await openTenant(proxy, {
      tenant: { client_sync_path: "/mail/reports", client_auth: { method: "bearer", token: "token-of-the-tenant" } },
    });
    await tenant.queue({ id: "m1", priority: "high", tags: { campaign: "june" }, metadata: { order: "17" } });
    const [report] = await tenant.untilReported("m1");
    const { pk } = await tenant.message("m1");
    expect(report).toEqual({
      tenant_id: tenant.id,
      id: "m1",
      pk,
      account_id: "default",
      priority: 1,
      event_id: expect.any(String),
      sent_ts: expect.any(Number),
      smtp_code: 250,
      enhanced_code: "2.0.0",
      recipients: [
        { address: "a@example.net", kind: "to", status: "sent", code: 250, enhanced_code: "2.0.0", text: "queued" },
      ],
      attempt: 1,
      tags: { campaign: "june" },
      metadata: { order: "17" },
    });
    const call = tenant.client.calls.find(({ reports: told }) => told.length > 0);
    expect(call).toMatchObject({
      path: "/mail/reports",
      headers: {
        authorization: "Bearer token-of-the-tenant",
        "content-type": expect.stringMatching(/^application\/json/),
      },
    });
  });

  promise("a report is signed for a tenant with a `webhook_secret`, and no other", async () => {
    const signed = await openTenant(proxy, { tenant: { webhook_secret: `whsec_${KEY.toString("base64")}` } });
    const plain = await openTenant(proxy);
    for (const tenant of [signed, plain]) {
      await tenant.queue({ id: "m1" });
      await tenant.untilReported("m1");
    }
    for (const call of signed.client.calls) expect(call.headers["webhook-signature"]).toBe(signature(call));
    for (const call of plain.client.calls) expect(call.headers["webhook-signature"]).toBeUndefined();
  });

  promise(
    "while a `webhook_secret` is replaced, reports are signed with the new one and with the one before",
    async () => {
      const tenant = await openTenant(proxy, { tenant: { webhook_secret: `whsec_${KEY.toString("base64")}` } });
      const { body } = await proxy.call("POST", `/tenant/${tenant.id}/webhook-secret`, {});
      const renewed = Buffer.from(String(body.webhook_secret).replace("whsec_", ""), "base64");
      await tenant.queue({ id: "m1" });
      await tenant.untilReported("m1");
      const call = tenant.client.calls.findLast(({ reports: told }) => told.length > 0)!;
      expect(call.headers["webhook-signature"]).toBe(`${signature(call, renewed)} ${signature(call)}`);
    },
  );

  promise("reports that an endpoint did not take come again as they were; run-now does not wait for it", async () => {
    let refusals = 1;
    const tenant = await openTenant(proxy, {
      tenant: { webhook_secret: `whsec_${KEY.toString("base64")}` },
      reports: ({ reports: told }) => ({ status: told.length > 0 && refusals-- > 0 ? 500 : 200 }),
    });
    await tenant.queue({ id: "m1" });
    await tenant.untilReported("m1");
    await proxy.until(async () => {
      await tenant.call("POST", "/commands/run-now");
      return tenant.reports("m1").length > 1;
    });
    const told = tenant.client.calls.filter(({ reports: some }) => some.length > 0);
    expect(new Set(told.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    expect(new Set(told.map(({ body }) => body)).size).toBe(1);
    expect(told[0]?.headers["webhook-id"]).toBeTruthy();
  });
}

/** Standard Webhooks: HMAC-SHA256 over id, moment and body. */
function signature({ headers, body }: ReceivedCall, key = KEY): string {
  const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
  return `v1,${createHmac("sha256", key).update(signed).digest("base64")}`;
}
