/** The overview in a browser: what is drawn, in which colours, and how it keeps itself up to date. */
import type { Page } from "playwright-core";
import { afterAll, expect, test } from "vitest";
import { rows } from "../../src/db/database.ts";
import { ADMIN_TOKEN, startApp, type TestApp } from "../support/app.ts";
import { CHROMIUM, closeBrowser, type Visit, visit } from "../support/browser.ts";
import { serveHere } from "../support/serve.ts";
import { startSmtpServer } from "../support/smtp-server.ts";

/** A browser on a busy machine. */
const TEST_MS = 60_000;

afterAll(closeBrowser);

interface Shown extends Visit {
  proxy: TestApp & { url: string };
  stopServer(): Promise<void>;
  send(...ids: string[]): Promise<void>;
}

/** The overview of a shop that has sent three messages. */
async function overview(options: Parameters<typeof visit>[0] = {}): Promise<Shown> {
  const proxy = await startApp();
  const { url, stop } = await serveHere(proxy.app.fetch);
  const stopServer = async () => void (await Promise.all([proxy.stop(), stop(0)]));
  const { port } = await startSmtpServer();
  await proxy.call("POST", "/tenant", { id: "shop" });
  await proxy.call("POST", "/account", { tenant_id: "shop", id: "mail", host: "127.0.0.1", port, use_tls: false });
  const send = async (...ids: string[]) => {
    const base = { tenant_id: "shop", from: "a@shop.test", to: "b@example.com", subject: "x", text: "y" };
    await proxy.call("POST", "/commands/add-messages", { messages: ids.map((id) => ({ id, ...base })) });
    for (const id of ids) await proxy.until(id, "sent");
  };
  await send("m1", "m2", "m3");
  const visited = await visit({ baseURL: url, ...options });
  await visited.page.goto(`/dashboard#token=${ADMIN_TOKEN}`);
  await visited.page.waitForSelector("h1:text('Overview')");
  return { ...visited, proxy: { ...proxy, url }, stopServer, send };
}

function inBrowser(name: string, look: () => Promise<void>): void {
  test.skipIf(CHROMIUM === undefined)(name, { timeout: TEST_MS }, look); // skipped where there is no Chromium
}

/** Of each plot: how many pixels are drawn, and of how many in this colour. */
function drawnPixels(page: Page, colour: readonly [number, number, number]) {
  return page.$$eval(
    ".plot canvas",
    (canvases, [red, green, blue]) =>
      canvases.map((canvas) => {
        const { width, height } = canvas as HTMLCanvasElement;
        const { data } = (canvas as HTMLCanvasElement).getContext("2d")!.getImageData(0, 0, width, height);
        let [drawn, coloured] = [0, 0];
        for (let at = 0; at < data.length; at += 4) {
          if (data[at + 3]! > 0) drawn += 1;
          if (data[at + 3] === 255 && data[at] === red && data[at + 1] === green && data[at + 2] === blue)
            coloured += 1;
        }
        return { drawn, coloured };
      }),
    [...colour] as const,
  );
}

/** `--good` of base.css, in which what was sent is drawn. */
const GOOD = { light: [0x17, 0x69, 0x3a], dark: [0x6f, 0xd9, 0x9a] } as const;

inBrowser("the plots are drawn, and the table beside them has the API's figures", async () => {
  const { page, proxy, complaints } = await overview();
  await page.waitForSelector(".plot canvas");
  const [messages, seconds] = await drawnPixels(page, GOOD.light);
  expect(messages!.coloured).toBeGreaterThan(20);
  expect(seconds!.drawn).toBeGreaterThan(500);
  await page.click("#figures summary");
  const shown = await page.$$eval("#figures tbody tr", (rows) =>
    rows.map((row) => [...row.children].map((cell) => cell.querySelector("time")?.dateTime ?? cell.textContent)),
  );
  const { body } = await proxy.call("GET", "/figures");
  const names = ["sent", "failed", "deferred", "rate_limited", "bounced", "complained"];
  const told = (body.points as Record<string, number>[])
    .filter(({ sent }) => sent! > 0)
    .map((point) => [new Date(point.ts! * 1000).toISOString(), ...names.map((name) => String(point[name]))]);
  expect(told.length).toBeGreaterThan(0);
  expect(shown.map((row) => row.slice(0, 7))).toEqual(expect.arrayContaining(told));
  expect(complaints).toEqual([]);
});

inBrowser("in dark mode the same is drawn in other colours, from the moment that it is switched on", async () => {
  const { page } = await overview({ colorScheme: "light" });
  await page.waitForSelector(".plot canvas");
  expect((await drawnPixels(page, GOOD.dark))[0]!.coloured).toBe(0);
  await page.emulateMedia({ colorScheme: "dark" });
  await expect
    .poll(async () => (await drawnPixels(page, GOOD.dark))[0]?.coloured, { timeout: 10_000 })
    .toBeGreaterThan(20);
  expect((await drawnPixels(page, GOOD.light))[0]!.coloured).toBe(0);
});

inBrowser("on a phone nothing is wider than the page, and plots follow its width", async () => {
  const { page } = await overview({ viewport: { width: 360, height: 700 } });
  await page.waitForSelector(".plot canvas");
  const width = () => page.$eval(".plot .uplot", (plot) => plot.clientWidth);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
  const narrow = await width();
  await page.setViewportSize({ width: 900, height: 700 });
  await expect.poll(width, { timeout: 10_000 }).toBeGreaterThan(narrow);
  await page.setViewportSize({ width: 360, height: 700 });
  await expect.poll(width, { timeout: 10_000 }).toBe(narrow);
});

inBrowser("on a phone the numbers beside a plot are whole, however long", async () => {
  const { page, proxy } = await overview({ viewport: { width: 390, height: 844 } });
  await rows(proxy.db, "update rollups set sent = 2500000, wait_12 = 0, wait_20 = 2500000");
  await page.reload();
  await page.waitForSelector(".plot canvas");
  const inkAtTheEdge = () =>
    page.$$eval(".plot canvas", (canvases) =>
      canvases.map((canvas) => {
        const { height } = canvas as HTMLCanvasElement;
        const { data } = (canvas as HTMLCanvasElement).getContext("2d")!.getImageData(0, 0, 1, height);
        return data.some((value) => value > 0);
      }),
    );
  expect((await drawnPixels(page, GOOD.light))[0]!.coloured).toBeGreaterThan(20);
  expect(await inkAtTheEdge()).toEqual([false, false]);
});

inBrowser("what is sent shows up by itself, and what was opened stays open", async () => {
  const { page, send, complaints } = await overview();
  await page.click("#figures summary");
  const sent = () => page.textContent(".totals dd");
  expect(await sent()).toBe("3");
  await send("m4");
  await expect.poll(sent, { timeout: 15_000 }).toBe("4");
  expect(await page.$eval("#figures", (details) => (details as HTMLDetailsElement).open)).toBe(true);
  const plotted = await page.$eval("[data-plot]", ({ dataset }) => JSON.parse(dataset.plot ?? "").series[0]);
  expect(plotted.reduce((sum: number, rate: number) => sum + rate)).toBeGreaterThanOrEqual(4);
  expect(await page.$$(".plot canvas")).toHaveLength(2);
  expect(complaints).toEqual([]);
});

inBrowser("moments are the browser's own, with UTC behind them, also where they come anew", async () => {
  const { page, send } = await overview({ timezoneId: "Asia/Kolkata" });
  await page.click("#figures summary");
  const isLocal = () =>
    page.$eval("#figures time", (time) => {
      const { dateTime, textContent, title } = time as HTMLTimeElement;
      const shifted = new Date(Date.parse(dateTime) + 19_800_000).toISOString(); // UTC+5:30
      const isUtc = title === `${dateTime.slice(0, 19).replace("T", " ")} UTC`;
      return isUtc && textContent === shifted.slice(0, 19).replace("T", " ");
    });
  expect(await isLocal()).toBe(true);
  await send("m4");
  await expect.poll(() => page.textContent(".totals dd"), { timeout: 15_000 }).toBe("4");
  expect(await isLocal()).toBe(true);
});

inBrowser("a part in which somebody types stands still until that is done, and says so", async () => {
  const { page, send } = await overview();
  const told = () => page.textContent(".stale");
  await page.$eval("#overview", (part) => part.insertAdjacentHTML("beforeend", '<input id="typed" aria-label="x">'));
  await page.fill("#typed", "half a word");
  await send("m4");
  await expect.poll(told, { timeout: 15_000 }).toContain("waits until nothing is being filled in");
  expect(await page.textContent(".totals dd")).toBe("3");
  expect(await page.inputValue("#typed")).toBe("half a word");
  await page.fill("#typed", "");
  await page.$eval("#typed", (field) => (field as HTMLInputElement).blur());
  await send("m5");
  await expect.poll(() => page.textContent(".totals dd"), { timeout: 15_000 }).toBe("5");
  expect(await told()).toBe("");
});

inBrowser("a page that nobody sees neither listens nor fetches, and fetches once when it is seen again", async () => {
  const { page, send, requested } = await overview();
  const show = (state: "hidden" | "visible") =>
    page.evaluate((shown) => {
      Object.defineProperty(document, "visibilityState", { configurable: true, get: () => shown });
      document.dispatchEvent(new Event("visibilitychange"));
    }, state);
  const fetched = () => requested.filter((url) => url.endsWith("/dashboard")).length;
  await show("hidden");
  const before = fetched();
  await send("m4");
  const { page: other } = await sameBrowser(page);
  await expect.poll(() => other.textContent(".totals dd"), { timeout: 15_000 }).toBe("4");
  expect(fetched()).toBe(before);
  await show("visible");
  await expect.poll(() => page.textContent(".totals dd"), { timeout: 15_000 }).toBe("4");
  expect(fetched()).toBe(before + 1);
});

/** Another page of the same session. */
async function sameBrowser(page: Page): Promise<{ page: Page }> {
  const other = await page.context().newPage();
  await other.goto("/dashboard");
  return { page: other };
}

inBrowser("a page whose server is gone says that it is old, and since when", async () => {
  const { page, stopServer } = await overview();
  await page.waitForSelector(".plot canvas");
  await stopServer();
  await expect
    .poll(() => page.textContent(".stale"), { timeout: 15_000 })
    .toMatch(/^Not up to date since \d\d:\d\d:\d\d: the server does not answer/);
  expect(await page.textContent(".totals dd")).toBe("3");
});

inBrowser("the address that a start prints logs in, and the token stands in no address and no request's", async () => {
  const { page, requested } = await overview();
  expect(page.url()).toMatch(/\/dashboard$/);
  expect(requested.filter((url) => url.includes(ADMIN_TOKEN) && !url.includes("#"))).toEqual([]);
  // Whoever is logged in already and opens it again has it in the address no longer either.
  await page.goto(`/dashboard?range=day#token=${ADMIN_TOKEN}`);
  expect(page.url()).toMatch(/\/dashboard\?range=day$/);
});
