/** What pages show of themselves: plots of real figures, what is new, colours, and the way through them by keyboard. */
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { openTenant } from "../../../runtimes/tenant.ts";
import type { Ground } from "../suite.ts";

const HALF_A_DAY = 43_200;

/** For each plot whether a line of its is drawn: pixels in the colour of a key. */
const DRAWN = `[...document.querySelectorAll(".plot")].map((plot) => {
  const canvas = plot.querySelector("canvas");
  if (canvas === null) return false;
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const probe = new OffscreenCanvas(1, 1).getContext("2d");
  return [...plot.querySelectorAll(".keys li")].some((key) => {
    probe.fillStyle = getComputedStyle(key).color;
    probe.fillRect(0, 0, 1, 1);
    const [red, green, blue] = probe.getImageData(0, 0, 1, 1).data;
    for (let at = 0; at < data.length; at += 4)
      if (data[at + 3] === 255 && data[at] === red && data[at + 1] === green && data[at + 2] === blue) return true;
    return false;
  });
})`;

const FOCUS = `({
  outline: getComputedStyle(document.activeElement).outlineStyle,
  html: document.activeElement.outerHTML.slice(0, 200),
})`;

const BACKGROUND = "getComputedStyle(document.body).backgroundColor";

export function looks({ proxy, visitors, promise }: Ground): void {
  promise("plots are drawn, and the table beside them has the figures of the API", async () => {
    const tenant = await openTenant(proxy);
    await tenant.queue({ id: "p1" }, { id: "p2" }, { id: "p3" });
    for (const id of ["p1", "p2", "p3"]) await tenant.untilShows(id, { status: "sent" });
    const { page } = await visitors.open(`/dashboard?tenant_id=${tenant.id}`);
    await expect.poll(() => page.evaluate(DRAWN)).toEqual([true, true]);
    await page.getByText("The figures as a table").click();
    const rows = await page
      .locator("#figures tbody tr")
      .evaluateAll((all) =>
        all.map((one) => [...one.querySelectorAll("td")].slice(0, 6).map((cell) => Number(cell.textContent))),
      );
    const { body } = await tenant.call("GET", "/figures");
    const { sent, failed, deferred, rate_limited, bounced, complained } = body.totals as Record<string, number>;
    expect(sent).toBe(3);
    const sums = [0, 1, 2, 3, 4, 5].map((column) => rows.reduce((sum, row) => sum + (row[column] ?? 0), 0));
    expect(sums).toEqual([sent, failed, deferred, rate_limited, bounced, complained]);
  });

  promise("what is new appears by itself, while the page stays as it is", async () => {
    const tenant = await openTenant(proxy);
    const { page } = await visitors.open(`/dashboard/messages?tenant_id=${tenant.id}`);
    await page.getByText("No message fits.").waitFor();
    await page.evaluate("void (window.stays = true)");
    await tenant.queue({ id: "appears" });
    await page.getByRole("link", { name: "appears" }).waitFor();
    await tenant.untilShows("appears", { status: "sent" });
    await page.getByRole("row").filter({ hasText: "appears" }).getByText("sent", { exact: true }).waitFor();
    expect(await page.evaluate("window.stays")).toBe(true);
  });

  promise("colours follow the browser's choice of light or dark", async () => {
    const { page } = await visitors.open("/dashboard", { colorScheme: "light" });
    const light = lightness(await page.evaluate<string>(BACKGROUND));
    await page.emulateMedia({ colorScheme: "dark" });
    const dark = lightness(await page.evaluate<string>(BACKGROUND));
    expect(light).toBeGreaterThan(0.85);
    expect(dark).toBeLessThan(0.2);
  });

  promise("a keyboard reaches the content at once, and every action", async () => {
    const tenant = await openTenant(proxy);
    const deferred_ts = Math.floor(Date.now() / 1000) + HALF_A_DAY;
    await tenant.queue({ id: "by-keyboard", deferred_ts });
    const { page } = await visitors.open(`/dashboard/messages?tenant_id=${tenant.id}`);
    await page.keyboard.press("Tab");
    expect(await focused(page)).toBe("To the content");
    await page.keyboard.press("Enter");
    await tabTo(page, "by-keyboard");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Cancel" }).waitFor();
    await tabTo(page, "Cancel");
    await page.keyboard.press("Enter");
    await page.locator("#notice .done").waitFor();
    expect(await tenant.message("by-keyboard")).toMatchObject({ status: "canceled" });
  });
}

/** Of a colour that is `rgb(…)`: from 0, black, to 1. */
function lightness(colour: string): number {
  const channels = [...colour.matchAll(/\d+(\.\d+)?/g)].slice(0, 3).map(([number]) => Number(number));
  return channels.reduce((sum, channel) => sum + channel, 0) / (3 * 255);
}

/** More than any page has to be tabbed through. */
const MOST_TABS = 80;

/** Throws where that is not to be reached; the focus has to be seen. */
async function tabTo(page: Page, text: string): Promise<void> {
  for (let n = 0; n < MOST_TABS; n++) {
    await page.keyboard.press("Tab");
    const { outline, html } = await page.evaluate<{ outline: string; html: string }>(FOCUS);
    expect(outline, html).not.toBe("none");
    if ((await focused(page)) === text) return;
  }
  throw new Error(`${text} is not reached by ${MOST_TABS} tabs`);
}

function focused(page: Page): Promise<string> {
  return page.evaluate("document.activeElement.textContent.trim()");
}
