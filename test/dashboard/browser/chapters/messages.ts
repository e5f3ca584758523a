/** Finding messages, reading what became of them, and changing it. */
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { openTenant, type Tenant } from "../../../runtimes/tenant.ts";
import type { Ground } from "../suite.ts";

const HALF_A_DAY = 43_200;
const later = () => ({ deferred_ts: Math.floor(Date.now() / 1000) + HALF_A_DAY });

export function messages({ proxy, visitors, promise }: Ground): void {
  /** The list of this tenant's alone. */
  const listOf = async (tenant: Tenant) => (await visitors.open(`/dashboard/messages?tenant_id=${tenant.id}`)).page;
  const row = (page: Page, id: string) => page.getByRole("row").filter({ has: page.getByRole("link", { name: id }) });

  promise("a search finds by recipient, subject and id while one types", async () => {
    const tenant = await openTenant(proxy);
    await tenant.queue(
      { id: "by-id-77", ...later() },
      { id: "m2", to: ["somebody-special@example.net"], ...later() },
      { id: "m3", subject: "Your parcel waits", ...later() },
    );
    const page = await listOf(tenant);
    await row(page, "m3").waitFor();
    for (const [asked, found] of [
      ["by-id-77", "by-id-77"],
      ["somebody-special", "m2"],
      ["parcel", "m3"],
    ] as const) {
      await page.getByLabel("Id, recipient or subject").fill(asked);
      await page.getByRole("status").getByText("1 message", { exact: true }).waitFor();
      expect(await row(page, found).count(), asked).toBe(1);
      await page.getByLabel("Id, recipient or subject").fill("");
      await page.getByRole("status").getByText("3 messages", { exact: true }).waitFor();
    }
  });

  promise("a message's page tells what the server said, and sends it again once that is mended", async () => {
    let isMended = false;
    const refuse = ({ verb }: { verb: string }) =>
      verb === "RCPT" && !isMended ? "550 5.1.1 no such mailbox here" : undefined;
    const tenant = await openTenant(proxy, { smtp: { answer: refuse } });
    await tenant.queue({ id: "refused-1", subject: "Your <b>order</b>" });
    await tenant.untilShows("refused-1", { status: "error" });
    const page = await listOf(tenant);
    await page.getByRole("link", { name: "refused-1" }).click();
    await page.getByRole("heading", { level: 1, name: "Your <b>order</b>" }).waitFor();
    expect(await page.getByText("550 5.1.1 no such mailbox here").count()).toBeGreaterThan(0);
    isMended = true;
    await page.getByRole("button", { name: "Send again" }).click();
    await page.locator("#notice .done").waitFor();
    await tenant.untilShows("refused-1", { status: "sent" });
    await page.locator("#message").getByText("A server took it").waitFor();
    expect(tenant.server.messages).toMatchObject([{ recipients: ["a@example.net"] }]);
  });

  promise("a message that waits is canceled", async () => {
    const tenant = await openTenant(proxy);
    await tenant.queue({ id: "for-later", ...later() });
    const page = await listOf(tenant);
    await page.getByRole("link", { name: "for-later" }).click();
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.locator("#notice .done").waitFor();
    expect(await tenant.message("for-later")).toMatchObject({ status: "canceled" });
    await page.locator("#message").getByText("canceled", { exact: true }).waitFor();
  });

  promise("those that are ticked are deleted, after a question, and no others", async () => {
    const tenant = await openTenant(proxy);
    await tenant.queue(...["d1", "d2", "d3"].map((id) => ({ id, ...later() })));
    const { page, questions } = await visitors.open(`/dashboard/messages?tenant_id=${tenant.id}`);
    for (const id of ["d1", "d3"]) await page.getByRole("checkbox", { name: `Select ${id}` }).check();
    await page.getByRole("button", { name: "Delete" }).click();
    await page.locator("#notice .done").getByText("2 messages were deleted").waitFor();
    expect(questions).toEqual([expect.stringContaining("cannot be taken back")]);
    expect(await row(page, "d2").count()).toBe(1);
    expect((await tenant.call("GET", "/messages")).body.messages).toMatchObject([{ id: "d2" }]);
  });
}
