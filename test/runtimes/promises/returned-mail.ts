/** What comes back after a server has taken a message: bounces, complaints, receipts of certified mail. */
import { setTimeout as pause } from "node:timers/promises";
import { expect } from "vitest";
import { bounce, complaint, receipt } from "../../bounces/mails.ts";
import { header, openTenant, type Tenant } from "../tenant.ts";
import { ADMIN_TOKEN, PEC_TIMEOUT_SECONDS } from "../under-test.ts";
import type { Promises } from "./promise.ts";

const GONE = "gone@example.net";
const FULL = "full@example.net";
const FINE = "fine@example.net";

export function returnedMail({ proxy, promise }: Promises): void {
  /** As a mail server pipes it to the proxy. */
  async function comesBack(mail: string) {
    const headers = { "X-API-Token": ADMIN_TOKEN, "Content-Type": "message/rfc822" };
    const { status, body } = await proxy.send("/bounces", { method: "POST", headers, body: mail });
    expect(status).toBe(200);
    return body;
  }

  /** A message that its server has taken for these recipients; answers its pk. */
  async function sent(tenant: Tenant, id: string, ...to: string[]): Promise<string> {
    await tenant.queue({ id, to });
    return String((await tenant.untilShows(id, { status: "sent" })).pk);
  }

  const told = (tenant: Tenant, id: string, moment: string) => tenant.reports(id).filter((report) => moment in report);

  promise("a bounce is reported with its type, code and reason, once however often it comes", async () => {
    const tenant = await openTenant(proxy);
    const pk = await sent(tenant, "m1", FINE, GONE);
    const mail = bounce({ pk, recipients: [{ address: GONE, words: "no such user here" }] });
    for (const repeated of [false, true, true])
      expect(await comesBack(mail)).toMatchObject({
        events: [{ id: "m1", event: "bounce", repeated }],
      });
    await proxy.until(() => told(tenant, "m1", "bounce_ts").length > 0);
    await sent(tenant, "m2", FINE);
    await tenant.untilReported("m2"); // what there was to tell before is told
    expect(told(tenant, "m1", "bounce_ts")).toMatchObject([
      {
        pk,
        bounce_type: "hard",
        bounce_code: "5.1.1",
        bounce_reason: expect.stringContaining("no such user here"),
        recipients: [{ address: GONE, status: "error" }],
      },
    ]);
  });

  promise("who bounced for good is suppressed and fails alone; who bounced for now is not", async () => {
    const tenant = await openTenant(proxy);
    const pk = await sent(tenant, "m1", FINE, GONE, FULL);
    const full = { address: FULL, status: "4.2.2", code: 452, words: "mailbox full" };
    await comesBack(bounce({ pk, recipients: [{ address: GONE }, full] }));
    await sent(tenant, "m2", FINE, GONE, FULL);
    const [, second] = await tenant.untilTaken(2);
    expect(second?.recipients).toEqual([FINE, FULL]);
    expect((await tenant.message("m2")).recipients).toMatchObject([
      { address: FINE, status: "sent" },
      { address: GONE, status: "error", text: "suppressed" },
      { address: FULL, status: "sent" },
    ]);
    await tenant.queue({ id: "m3", to: [GONE] });
    expect(await tenant.untilShows("m3", { status: "error" })).toMatchObject({ attempts: 0, error: "suppressed" });
    expect(tenant.server.messages).toHaveLength(2);
  });

  promise("a complaint is reported, and its recipient suppressed", async () => {
    const tenant = await openTenant(proxy);
    const pk = await sent(tenant, "m1", FINE);
    await comesBack(complaint({ pk }));
    await proxy.until(() => told(tenant, "m1", "complaint_ts").length > 0);
    expect(told(tenant, "m1", "complaint_ts")).toMatchObject([{ complaint_type: "abuse" }]);
    const { body } = await tenant.call("GET", "/suppressions");
    expect(body.suppressions).toMatchObject([{ address: FINE, source: "complaint" }]);
  });

  promise("a mail that names a message which never went out is taken, and changes nothing", async () => {
    const tenant = await openTenant(proxy);
    await tenant.call("POST", "/commands/suspend");
    await tenant.queue({ id: "m1", to: [GONE] });
    const pk = String((await tenant.message("m1")).pk);
    const mail = bounce({ pk, recipients: [{ address: GONE }] });
    expect(await comesBack(mail)).toMatchObject({ events: [], ignored: [{ reason: "was not sent to" }] });
    await tenant.call("POST", "/commands/activate");
    await tenant.untilShows("m1", { status: "sent" });
  });

  promise(
    "a receipt of certified mail is reported, and one that does not come in time as `pec_timeout`, over a crash too",
    async () => {
      const tenant = await openTenant(proxy, { account: { is_pec_account: true } });
      await sent(tenant, "answered", FINE);
      const messageId = header(tenant.server.messages[0]?.wire ?? "", "Message-ID") ?? "";
      await comesBack(receipt("accettazione", messageId));
      await sent(tenant, "silent", FINE);
      const dueAt = Date.now() + PEC_TIMEOUT_SECONDS * 1000;
      await proxy.running.kill();
      await pause(dueAt - Date.now());
      await proxy.start();
      // What was told when the kill came, and not yet marked as told, is told again.
      const events = (id: string) =>
        new Set(told(tenant, id, "pec_ts").map(({ event_id, pec_event }) => `${pec_event} ${event_id}`));
      await proxy.until(() => events("silent").size > 0);
      expect([...events("answered")]).toEqual([expect.stringMatching(/^pec_acceptance /)]);
      expect([...events("silent")]).toEqual([expect.stringMatching(/^pec_timeout /)]);
    },
  );
}
