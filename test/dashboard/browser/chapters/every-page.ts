/** What holds on every page, in light and dark, on a desk and on a phone. */
import { mkdirSync } from "node:fs";
import type { Page } from "playwright-core";
import { afterAll, expect } from "vitest";
import type { Visit } from "../../../support/browser.ts";
import type { ScriptedServer } from "../../../support/smtp-server.ts";
import { seriousFindings } from "../axe.ts";
import { reachablePages } from "../pages.ts";
import { openShop, SHOP } from "../shop.ts";
import type { Ground } from "../suite.ts";

const DESK = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };
/** Without it a phone shows a page as wide as a desk. */
const FITTED = 'meta[name="viewport"][content^="width=device-width"]';
/** So many at once keep two cores busy. */
const TABS = 3;
/** Colours change at once: a button on its way from light to dark is neither. */
const STILL = { reducedMotion: "reduce" } as const;
/** Of a picture, in pixels: a long list looks the same further down. */
const TALLEST = 3_000;
/** Words in cells of tables that stand on more than one line: none is so long here that it has to. Dashes may end a line. */
const BROKEN_WORDS = `[...document.querySelectorAll("td, th")].flatMap((cell) => {
  const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
  const broken = [];
  for (let text = texts.nextNode(); text !== null; text = texts.nextNode())
    for (const { 0: word, index } of text.data.matchAll(/[^\\s-]+/g)) {
      const range = document.createRange();
      range.setStart(text, index);
      range.setEnd(text, index + word.length);
      if (new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size > 1) broken.push(word);
    }
  return broken;
})`;
/** Pictures of all pages; kept with the run. */
const PICTURES = "test-results/pages";

export function everyPage({ proxy, visitors, name, isPictured, promise }: Ground): void {
  let shop: Promise<{ server: ScriptedServer; pages: string[] }> | undefined;

  async function open() {
    const server = await openShop(proxy);
    return { server, pages: await reachablePages(proxy.url, await visitors.cookie()) };
  }
  const seeded = () => {
    shop ??= open();
    return shop;
  };
  afterAll(async () => (await shop)?.server.close());

  /** Opens each page that links lead to, in light and on a desk, a few at once. */
  async function eachPage(look: (page: Page, path: string) => Promise<void>): Promise<void> {
    const left = [...(await seeded()).pages];
    const tabs = await Promise.all(Array.from({ length: TABS }, () => visitors.open("/dashboard", STILL)));
    const lookOn = async ({ page }: Visit) => {
      for (let path = left.shift(); path !== undefined; path = left.shift()) {
        await page.emulateMedia({ colorScheme: "light" });
        await page.setViewportSize(DESK);
        const response = await page.goto(path);
        expect.soft(response?.status(), path).toBe(200);
        await look(page, path);
      }
    };
    await Promise.all(tabs.map(lookOn));
  }

  const picture = async (page: Page, path: string, look: string) => {
    if (!isPictured) return;
    const folder = `${PICTURES}/${name.replaceAll(" ", "-")}/${look}`;
    mkdirSync(folder, { recursive: true });
    const height = Math.min(await page.evaluate<number>("document.documentElement.scrollHeight"), TALLEST);
    const { width = 0 } = page.viewportSize() ?? {};
    const clip = { x: 0, y: 0, width, height };
    await page.screenshot({ path: `${folder}/${fileName(path)}.png`, fullPage: true, clip });
  };

  promise("every page can be read by everybody, in light and dark, and is no wider than a phone", async () => {
    await eachPage(async (page, path) => {
      await picture(page, path, "light");
      expect.soft(await seriousFindings(page), path).toEqual([]);
      expect.soft(await page.evaluate(BROKEN_WORDS), `words that ${path} breaks`).toEqual([]);
      expect.soft(await page.getByRole("heading", { level: 1 }).count(), `headings of ${path}`).toBe(1);

      await page.emulateMedia({ colorScheme: "dark" });
      await picture(page, path, "dark");
      expect.soft(await seriousFindings(page, ["color-contrast"]), `${path} in the dark`).toEqual([]);

      await page.setViewportSize(PHONE);
      await picture(page, path, "phone");
      expect.soft(await page.locator(FITTED).count(), `whether ${path} asks for the width of its device`).toBe(1);
      expect.soft(await page.evaluate("document.scrollingElement.scrollWidth"), path).toBeLessThanOrEqual(PHONE.width);
    });
  });

  promise("the pages of a tenant's key show nothing of another's", async () => {
    const { body } = await proxy.call("POST", `/tenant/${SHOP}/api-key`, {});
    const token = String(body.api_key);
    const foreign = /harbour-coffee|Harbour Coffee|subscription-\d/;
    for (const path of await reachablePages(proxy.url, await visitors.cookie(token))) {
      const response = await fetch(proxy.url + path, { headers: { cookie: await visitors.cookie(token) } });
      expect.soft(response.status, path).toBe(200);
      expect.soft(await response.text(), path).not.toMatch(foreign);
    }
    for (const path of (await seeded()).pages.filter((one) => foreign.test(one))) {
      const response = await fetch(proxy.url + path, { headers: { cookie: await visitors.cookie(token) } });
      expect.soft(await response.text(), path).not.toMatch(/Harbour Coffee|Your beans/);
    }
  });
}

function fileName(path: string): string {
  return path.replace(/^\/dashboard\/?/, "").replace(/[^a-z0-9]+/gi, "-") || "overview";
}
