/** Whatever strangers write into ids, subjects, names, mails, replies and reasons: on no page does it run, and it is seen as text. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { binary } from "../runtimes/targets/binary.ts";
import { ProxyUnderTest } from "../runtimes/under-test.ts";
import { CHROMIUM, closeBrowser, type Visit } from "../support/browser.ts";
import { reachablePages } from "./browser/pages.ts";
import { letStrangersIn } from "./browser/strangers.ts";
import { Visitors } from "./browser/visitors.ts";
import { GROUPS } from "./corpus.ts";

const START_MS = 60_000;
const TEST_MS = 240_000;
/** Of each kind of page so many: one for each message of each tenant. */
const ALIKE = 3 * GROUPS.length;
/** So many at once keep two cores busy. */
const TABS = 3;

const proxy = new ProxyUnderTest(binary("file"), { SANDBOX: "true" });
const visitors = new Visitors(proxy);
beforeAll(async () => {
  await proxy.open();
}, START_MS);
afterAll(async () => {
  await closeBrowser();
  await proxy.close();
});

/** What a page may have of nothing but our own: code, handlers, addresses. */
const INTRUDERS = `(() => {
  const own = (text) => new URL(text, location).origin === location.origin;
  return [...document.querySelectorAll("*")].flatMap((element) => {
    const found = [...element.attributes].filter(({ name, value }) =>
      /^on|^(data-)?hx-on/.test(name) || name === "srcdoc" ||
      (/^(href|src|action|formaction|(data-)?hx-(get|post|put|patch|delete))$/.test(name) && !own(value) && value !== "data:,"));
    const isCode = ["SCRIPT", "STYLE", "BASE"].includes(element.tagName) && !element.getAttribute("src")?.startsWith("/dashboard/assets/");
    return found.length > 0 || isCode ? [element.outerHTML.slice(0, 300)] : [];
  });
})()`;

test.skipIf(CHROMIUM === undefined)(
  "nothing that strangers wrote runs on any page, and it is there to be read",
  { timeout: TEST_MS },
  async () => {
    await letStrangersIn(proxy);
    const left = await reachablePages(proxy.url, await visitors.cookie(), ALIKE);
    const read = new Map(GROUPS.map((text) => [text, 0]));
    const tabs = await Promise.all(Array.from({ length: TABS }, () => visitors.open("/dashboard")));
    const look = async (visit: Visit) => {
      for (let path = left.shift(); path !== undefined; path = left.shift()) {
        await visit.page.goto(path);
        await nothingRan(visit, path);
        const text = await visit.page.evaluate<string>("document.body.textContent");
        for (const [group, times] of read) if (text.includes(group)) read.set(group, times + 1);
      }
    };
    await Promise.all(tabs.map(look));
    for (const [group, times] of read) expect(times, group).toBeGreaterThan(0);
  },
);

async function nothingRan({ page, complaints, requested }: Visit, path: string): Promise<void> {
  expect(await ran(page), path).toEqual([]);
  expect(await page.evaluate(INTRUDERS), path).toEqual([]);
  // What a frame refuses to a mail is what it is there for.
  const frames = page.frames().slice(1);
  const own = complaints.splice(0).filter((text) => !frames.some((frame) => text.includes(frame.url())));
  expect(own, path).toEqual([]);
  expect(
    requested.splice(0).filter((url) => !url.startsWith(proxy.url) && url !== "data:,"),
    path,
  ).toEqual([]);
}

/** The frames in which something has. */
async function ran(page: Page): Promise<string[]> {
  const marks = await Promise.all(page.frames().map((frame) => frame.evaluate("typeof __ran")));
  return page.frames().flatMap((frame, n) => (marks[n] === "undefined" ? [] : [frame.url()]));
}
