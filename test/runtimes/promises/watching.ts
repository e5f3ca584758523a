/** What an operator sees of the service: figures, what needs somebody, what a message says, and the settings in effect. */
import PostalMime from "postal-mime";
import { expect } from "vitest";
import { openTenant } from "../tenant.ts";
import { MAX_BODY_BYTES } from "../under-test.ts";
import type { Promises } from "./promise.ts";

export function watching({ proxy, promise }: Promises): void {
  promise("what was sent, put off and given up stands in the figures of its minute, once", async () => {
    let refusals = 1;
    const answer = ({ line }: { line: string }) => {
      if (/^RCPT.*<no@/.test(line)) return "550 5.1.1 no such user";
      return /^RCPT.*<later@/.test(line) && refusals-- > 0 ? "451 4.3.0 later" : undefined;
    };
    const tenant = await openTenant(proxy, { smtp: { answer }, account: { retry_delays: [0] } });
    await tenant.queue({ id: "m1" }, { id: "m2", to: ["later@example.net"] }, { id: "m3", to: ["no@example.net"] });
    await tenant.untilShows("m2", { status: "sent" });
    await tenant.untilShows("m3", { status: "error" });
    for (const of of ["", "?account_id=default", "?step=300"]) {
      const { status, body } = await tenant.call("GET", `/figures${of}`);
      expect([of, status]).toEqual([of, 200]);
      const counted = { sent: 2, deferred: 1, failed: 1, bounced: 0, p99_seconds: expect.any(Number) };
      expect(body.totals).toMatchObject(counted);
      const points = body.points as { sent: number }[];
      expect(points.reduce((sum, { sent }) => sum + sent, 0)).toBe(2);
    }
    const { body } = await proxy.call("GET", "/figures");
    expect((body.totals as { sent: number }).sent).toBeGreaterThanOrEqual(2);
  });

  promise("what waits and what needs somebody is named, with the reason and what mends it", async () => {
    const tenant = await openTenant(proxy);
    await tenant.call("POST", "/commands/suspend");
    await tenant.queue({ id: "m1" });
    const { status, body } = await tenant.call("GET", "/overview");
    expect([status, body.pending]).toMatchObject([200, { held: 1 }]);
    const waiting = (body.queue as { count: number }[]).filter(({ count }) => count > 0);
    expect(waiting).toMatchObject([{ state: "held", priority: null, count: 1 }]);
    expect(body.attention).toMatchObject([{ kind: "batch_suspended", tenant_id: tenant.id, action: "activate" }]);
    const { body: ofAll } = await proxy.call("GET", "/overview");
    expect(ofAll.attention).toContainEqual((body.attention as object[])[0]);
    await tenant.call("POST", "/commands/activate");
    await tenant.untilTaken(1);
  });

  promise(
    "an account that is paused by hand sends nothing until it is resumed, and nobody is told of a fault",
    async () => {
      const tenant = await openTenant(proxy);
      expect(await tenant.call("POST", "/account/default/pause")).toMatchObject({
        status: 200,
        body: { state: "paused" },
      });
      await tenant.queue({ id: "m1" });
      const { body } = await tenant.call("GET", "/overview");
      expect(body.attention).toMatchObject([{ kind: "account_paused", account_id: "default", action: "resume" }]);
      expect(await tenant.message("m1")).toMatchObject({ status: "pending", attempts: 0 });
      expect((await tenant.call("POST", "/account/default/resume")).body).toMatchObject({
        state: "ok",
        last_error: null,
      });
      await tenant.untilTaken(1);
    },
  );

  promise("a message is shown as it is read and as it went, without Bcc", async () => {
    const tenant = await openTenant(proxy);
    const file = { filename: "terms.txt", storage_path: "base64:dGhlIHRlcm1z" };
    await tenant.queue({ id: "m1", bcc: ["hidden@example.net"], body: "Grüße", attachments: [file] });
    await tenant.untilShows("m1", { status: "sent" });
    const { body } = await tenant.call("GET", "/messages/m1?include=preview");
    const files = [{ filename: "terms.txt", size: 9 }];
    expect(body.preview).toMatchObject({ text: "Grüße", attachments: files });
    const raw = await proxy.text(`/messages/m1/raw?tenant_id=${tenant.id}`);
    expect(raw).not.toContain("hidden");
    const { subject, text } = await PostalMime.parse(raw);
    expect([subject, text?.trim()]).toEqual(["News", "Grüße"]);
  });

  promise("the settings in effect are told with where each comes from, and none that is secret", async () => {
    const { status, body } = await proxy.call("GET", "/instance/settings");
    expect(status).toBe(200);
    const told = new Map((body.settings as { name: string }[]).map((setting) => [setting.name, setting]));
    expect([...told.values()]).toContainEqual(expect.objectContaining({ value: MAX_BODY_BYTES }));
  });
}
