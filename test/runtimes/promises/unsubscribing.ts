/** Recipients unsubscribe by the link in a mail, as a mail program does for them, and as they do themselves. */
import { expect } from "vitest";
import { openTenant, type Tenant } from "../tenant.ts";
import { PUBLIC_URL } from "../under-test.ts";
import type { Promises } from "./promise.ts";

export function unsubscribing({ proxy, promise }: Promises): void {
  /** A tenant whose message `m1` has gone out, and the link in it. */
  async function withLink(): Promise<{ tenant: Tenant; link: string }> {
    const tenant = await openTenant(proxy);
    await tenant.queue({ id: "m1", list_unsubscribe: true });
    await tenant.untilShows("m1", { status: "sent" });
    const [mail] = tenant.server.messages;
    const [, link] = /^List-Unsubscribe:\s+<(\S+)>\r$/im.exec(mail?.wire ?? "") ?? [];
    expect(mail?.wire).toContain("\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n");
    return { tenant, link: (link ?? "").replace(PUBLIC_URL, proxy.url) };
  }

  promise("one click on the link in a mail ends the tenant's mail to its recipient, and is reported once", async () => {
    const { tenant, link } = await withLink();
    for (const times of [1, 2]) {
      const body = new URLSearchParams({ "List-Unsubscribe": "One-Click" });
      const { status, headers } = await fetch(link, { method: "POST", body, redirect: "manual" });
      expect([times, status, headers.get("Set-Cookie")]).toEqual([times, 200, null]);
    }
    const told = () => tenant.reports("m1").filter((report) => "unsubscribed_ts" in report);
    await proxy.until(() => told().length > 0);
    expect(told()).toMatchObject([{ recipients: [{ address: "a@example.net", status: "sent" }] }]);
    await tenant.queue({ id: "m2" });
    expect(await tenant.untilShows("m2", { status: "error" })).toMatchObject({ attempts: 0, error: "suppressed" });
    expect(tenant.server.messages).toHaveLength(1);
    expect(new Set(told().map(({ event_id }) => event_id)).size).toBe(1);
  });

  promise(
    "who follows the link is asked, and nothing has changed; a link that is not whole leads nowhere",
    async () => {
      const { tenant, link } = await withLink();
      const asked = await fetch(link);
      expect([asked.status, await asked.text()]).toEqual([200, expect.stringContaining('<form method="post">')]);
      const broken = await fetch(link.slice(0, -2), { method: "POST" });
      expect([broken.status, await broken.text()]).toEqual([404, expect.stringContaining("does not work")]);
      await tenant.queue({ id: "m2" });
      await tenant.untilShows("m2", { status: "sent" });
    },
  );
}
