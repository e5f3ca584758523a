/** Logging in and out, as it is done by hand. */
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { ADMIN_TOKEN } from "../../../support/app.ts";
import type { Ground } from "../suite.ts";

export function sessions({ proxy, visitors, promise }: Ground): void {
  promise("the admin's token opens the overview", async () => {
    const { page } = await visitors.open("/dashboard", { token: null });
    expect(new URL(page.url()).pathname).toBe("/dashboard/login");
    await logIn(page, ADMIN_TOKEN);
    await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
    expect(page.url()).toBe(`${proxy.url}/dashboard`);
  });

  promise("a wrong token is told so, and opens nothing", async () => {
    const { page, complaints } = await visitors.open("/dashboard", { token: null });
    await logIn(page, "wrong");
    await page.getByRole("alert").getByText("This token opens nothing here.").waitFor();
    expect(complaints.splice(0)).toEqual([expect.stringContaining("401")]); // the browser says that the page is one
    await page.goto("/dashboard/messages");
    expect(new URL(page.url()).pathname).toBe("/dashboard/login");
  });

  promise("no script sees the session", async () => {
    const { page } = await visitors.open("/dashboard", { token: null });
    await logIn(page, ADMIN_TOKEN);
    await page.getByRole("heading", { level: 1 }).waitFor();
    expect(await page.evaluate("document.cookie")).toBe("");
    const [cookie, ...others] = await page.context().cookies(`${proxy.url}/dashboard`);
    expect(others).toEqual([]);
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Strict", path: "/dashboard" });
    expect(await page.evaluate("JSON.stringify([{ ...localStorage }, { ...sessionStorage }])")).toBe("[{},{}]");
  });

  promise("behind a logout the way back leads to the login", async () => {
    const { page, complaints } = await visitors.open("/dashboard", { token: null });
    await logIn(page, ADMIN_TOKEN);
    await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByLabel("Token").waitFor();
    await page.goBack();
    await page.getByLabel("Token").waitFor();
    expect(await page.getByRole("heading", { name: "Overview" }).count()).toBe(0);
    // What the page asked for anew in that very moment has no session any more.
    expect(complaints.splice(0).filter((text) => !text.includes("401"))).toEqual([]);
  });

  promise("a page that another site shows in a frame stays empty", async () => {
    const { page, complaints } = await visitors.open("/dashboard");
    await page.setContent(`<iframe src="${proxy.url}/dashboard"></iframe>`);
    await expect.poll(() => complaints.join("\n")).toContain("frame-ancestors");
    complaints.length = 0;
  });
}

async function logIn(page: Page, token: string): Promise<void> {
  await page.getByLabel("Token").fill(token);
  await page.getByRole("button", { name: "Log in" }).click();
}
