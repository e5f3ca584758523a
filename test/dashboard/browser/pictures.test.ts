/** The pictures of docs/pictures, taken of a believable shop after a day of traffic. PICTURES=1 takes them anew (`npm run docs:pictures`). */
import { mkdirSync } from "node:fs";
import type { Page } from "playwright-core";
import { test } from "vitest";
import { batch } from "../../../src/db/database.ts";
import { binary } from "../../runtimes/targets/binary.ts";
import { ProxyUnderTest } from "../../runtimes/under-test.ts";
import { closeBrowser } from "../../support/browser.ts";
import { openTestDatabase, temporaryFolder } from "../../support/database.ts";
import { order } from "./letters.ts";
import { openShop, SHOP } from "./shop.ts";
import { type VisitOptions, Visitors } from "./visitors.ts";

const FOLDER = "docs/pictures";
const TEST_MS = 120_000;
const DAY_MINUTES = 1_440;
const DESK = { viewport: { width: 1200, height: 760 } };
const PHONE = { viewport: { width: 390, height: 760 }, isMobile: true };
/** The order that nobody takes. */
const REFUSED = order(6);

test.runIf(process.env.PICTURES === "1")("pictures of the dashboard are taken", { timeout: TEST_MS }, async () => {
  const folder = temporaryFolder();
  const proxy = new ProxyUnderTest(binary("file"), { DATABASE_URL: `file:${folder}/queue.db` });
  await proxy.open();
  const server = await openShop(proxy);
  try {
    await addDay(folder);
    await take(proxy);
  } finally {
    await closeBrowser();
    await server.close();
    await proxy.close();
  }
});

async function take(proxy: ProxyUnderTest): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  const visitors = new Visitors(proxy);
  const picture = async (name: string, path: string, options: VisitOptions, ready: (page: Page) => Promise<void>) => {
    const { page, close } = await visitors.open(path, options);
    await ready(page);
    await page.screenshot({ path: `${FOLDER}/${name}.png` });
    await close();
  };
  const heading = (page: Page) => page.getByRole("heading", { level: 1 }).waitFor();
  const plots = (page: Page) => page.locator(".plot canvas").last().scrollIntoViewIfNeeded();
  await picture("overview", "/dashboard?range=day", DESK, heading);
  await picture("plots", "/dashboard?range=day", { ...DESK, colorScheme: "dark" }, plots);
  await picture("messages", "/dashboard/messages", DESK, heading);
  await picture("account", `/dashboard/accounts/${SHOP}/newsletter`, PHONE, heading);
  const { body } = await proxy.call("GET", `/messages/${REFUSED.id}?tenant_id=${SHOP}`);
  await picture("message", `/dashboard/messages/${body.pk}`, { ...DESK, colorScheme: "dark" }, heading);
}

/** What a shop sends in a day: little at night, most at noon; the same numbers each time. */
async function addDay(folder: string): Promise<void> {
  const db = await openTestDatabase(folder);
  const now = Math.floor(Date.now() / 60_000);
  const add = `
    insert or ignore into rollups (tenant_id, minute, account_id, sent, failed, deferred, bounced, wait_7, wait_9, wait_12)
    values ('', :minute, '', :sent, :failed, :deferred, :bounced, :at_once, :soon, :late)`;
  const rows = Array.from({ length: DAY_MINUTES }, (_, n) => ({ minute: now - 1 - n, ...minuteOf(now - 1 - n) }));
  await batch(
    db,
    rows.map((args) => ({ sql: add, args })),
  );
}

function minuteOf(minute: number) {
  const daylight = (1 - Math.cos((2 * Math.PI * (minute % DAY_MINUTES)) / DAY_MINUTES)) / 2;
  const restless = ((minute * 7_919) % 97) / 97;
  const sent = Math.round(8 + 90 * daylight ** 2 + 18 * restless);
  const every = (minutes: number) => (minute % minutes === 0 ? 1 : 0);
  const late = Math.ceil(sent * 0.02);
  const soon = Math.round(sent * 0.3);
  return {
    sent,
    failed: every(7),
    deferred: 2 * every(5),
    bounced: every(23),
    at_once: sent - soon - late,
    soon,
    late,
  };
}
