/** Tables in a browser: words and names are whole, and what is longer than any word makes no page wider. */
import { afterAll, expect, test } from "vitest";
import { ADMIN_TOKEN, startApp } from "../support/app.ts";
import { CHROMIUM, closeBrowser, visit } from "../support/browser.ts";
import { serveHere } from "../support/serve.ts";

/** A browser on a busy machine. */
const TEST_MS = 60_000;
const ENDLESS = "x".repeat(200);
/** Of an element: on how many lines its text stands. */
const LINES = (element: Element) => {
  const range = document.createRange();
  range.selectNodeContents(element);
  return new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size;
};

afterAll(closeBrowser);

/** The list of messages: one of a usual kind, and one whose names have no end. */
async function messages(width: number) {
  const { app, call } = await startApp();
  const { url } = await serveHere(app.fetch);
  await call("POST", "/tenant", { id: "corner-books" });
  for (const id of ["newsletter", ENDLESS.slice(0, 100)])
    await call("POST", "/account", { tenant_id: "corner-books", id, host: "127.0.0.1", port: 9 });
  const later = Math.floor(Date.now() / 1000) + 86_400;
  const base = { tenant_id: "corner-books", from: "a@books.example", text: "y", deferred_ts: later };
  const usual = { account_id: "newsletter", to: "sofja.kowalewskaja@example.org", subject: "The Dispossessed" };
  const endless = { account_id: ENDLESS.slice(0, 100), to: `${ENDLESS.slice(0, 60)}@example.org`, subject: ENDLESS };
  const { body } = await call("POST", "/commands/add-messages", {
    messages: [
      { ...base, ...usual, id: "order-20427" },
      { ...base, ...endless, id: ENDLESS },
    ],
  });
  expect(body).toMatchObject({ queued: 2 });
  const { page } = await visit({ baseURL: url, viewport: { width, height: 844 } });
  await page.goto(`/dashboard/messages#token=${ADMIN_TOKEN}`);
  await page.waitForSelector("h1:text('Messages')");
  const lines = (text: string) => page.locator("td").getByText(text, { exact: true }).first().evaluate(LINES);
  const pageWidth = () => page.evaluate(() => document.documentElement.scrollWidth);
  return { page, lines, pageWidth };
}

function inBrowser(name: string, look: () => Promise<void>): void {
  test.skipIf(CHROMIUM === undefined)(name, { timeout: TEST_MS }, look); // skipped where there is no Chromium
}

inBrowser("on a desk names and addresses are whole, and a word without an end breaks", async () => {
  const { lines, pageWidth } = await messages(1280);
  for (const name of ["order-20427", "sofja.kowalewskaja@example.org", "corner-books", "newsletter"])
    expect(await lines(name), name).toBe(1);
  expect(await lines(`${ENDLESS.slice(0, 60)}@example.org`)).toBeGreaterThan(1);
  expect(await pageWidth()).toBe(1280);
});

inBrowser("on a phone the table scrolls by itself, and the page is no wider", async () => {
  const { lines, pageWidth } = await messages(390);
  expect(await lines("newsletter")).toBe(1);
  expect(await pageWidth()).toBe(390);
});
