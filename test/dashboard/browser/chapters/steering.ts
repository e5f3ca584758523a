/** Accounts and batches: tested, held back, let go. */
import { expect } from "vitest";
import { openTenant } from "../../../runtimes/tenant.ts";
import type { Ground } from "../suite.ts";

export function steering({ proxy, visitors, promise }: Ground): void {
  promise("a connection test shows each step, and at which one it went wrong", async () => {
    const refuse = ({ verb }: { verb: string }) => (verb === "AUTH" ? "535 5.7.8 wrong password" : undefined);
    const tenant = await openTenant(proxy, { smtp: { answer: refuse, extensions: ["AUTH PLAIN"] } });
    const { page } = await visitors.open(`/dashboard/accounts/${tenant.id}/default`);
    const steps = page.getByRole("region", { name: "Steps of the connection test" });
    await page.getByRole("button", { name: "Test the connection" }).click();
    await page.getByText("The server takes the account's login.").waitFor();
    const names = await steps.getByRole("rowheader").allTextContents();
    expect(names.length).toBeGreaterThan(1);
    expect(await steps.getByText("failed", { exact: true }).count()).toBe(0);
    await tenant.saveAccount({ use_tls: false, user: "shop", password: "secret" });
    await page.getByRole("button", { name: "Test the connection" }).click();
    await page.getByText("It went wrong at").waitFor();
    expect(await steps.getByText("535 5.7.8 wrong password").count()).toBe(1);
    expect(await page.content()).not.toContain("secret");
  });

  promise("a paused account sends nothing until it is resumed", async () => {
    const tenant = await openTenant(proxy);
    const { page } = await visitors.open(`/dashboard/accounts/${tenant.id}/default`);
    await page.getByRole("button", { name: "Pause" }).click();
    await page.locator("#notice .done").getByText("is paused").waitFor();
    await tenant.queue({ id: "waits" });
    expect(await tenant.account()).toMatchObject({ state: "paused" });
    await page.getByRole("button", { name: "Resume" }).click();
    await page.locator("#notice .done").getByText("sends again").waitFor();
    await tenant.untilShows("waits", { status: "sent" });
  });

  promise("a batch waits while it is suspended, and goes once it is activated", async () => {
    const tenant = await openTenant(proxy);
    const { page } = await visitors.open(`/dashboard/tenants/${tenant.id}`);
    await page.getByLabel("Batch").fill("spring-sale");
    await page.getByRole("button", { name: "Suspend this batch" }).click();
    await page.locator("#notice .done").waitFor();
    await tenant.queue({ id: "held", batch_code: "spring-sale" }, { id: "free" });
    await tenant.untilShows("free", { status: "sent" });
    expect(await tenant.message("held")).toMatchObject({ status: "pending" });
    await page.getByRole("button", { name: `Activate batch spring-sale of ${tenant.id}` }).click();
    await page.locator("#notice .done").waitFor();
    await tenant.untilShows("held", { status: "sent" });
  });
}
