/** What a person sees who follows the link to unsubscribe: in answers, and in a real browser. */
import { expect, test } from "vitest";
import { UnsubscribeLinks } from "../../src/bounces/unsubscribe-link.ts";
import { browse, CHROMIUM } from "../support/chromium.ts";
import { listen } from "../support/listen.ts";
import { linked, listed, PUBLIC_URL } from "./unsubscribing.ts";

test("who follows the link is asked, by a page without scripts that loads nothing; nothing has changed then", async () => {
  const link = await linked();
  const { api, path } = link;
  const { status, headers, text } = await api.get(path, null);
  expect([status, headers.get("Content-Type")]).toEqual([200, "text/html; charset=UTF-8"]);
  expect(text).toContain("you@example.net");
  expect(text.match(/<button>|<form method="post">/g)).toHaveLength(2);
  expect(text).not.toMatch(/<script|src=|url\(|https?:/);
  const [, nonce] = /<style nonce="([^"]+)">/.exec(text) ?? [];
  expect(headers.get("Content-Security-Policy")).toBe(
    `default-src 'none'; style-src 'nonce-${nonce}'; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`,
  );
  expect([headers.get("Referrer-Policy"), headers.get("Cache-Control")]).toEqual(["no-referrer", "no-store"]);
  const looked = await api.call("HEAD", path, { token: null });
  expect([looked.status, looked.text, looked.headers.get("Content-Length")]).toEqual([200, "", String(text.length)]);
  expect(await listed(link)).toEqual([]);
  expect(api.told).toEqual([]);
});

test("an address is shown as text, whatever it is made of", async () => {
  const { api } = await linked();
  const wish = { tenantId: "acme", pk: crypto.randomUUID(), address: `"<b>&'"@example.net` };
  const { pathname } = new URL(await new UnsubscribeLinks(api.service.vault).link(PUBLIC_URL, wish));
  const { text } = await api.get(pathname, null);
  expect(text).toContain("&quot;&lt;b&gt;&amp;&#39;&quot;@example.net");
  expect(text).not.toContain("<b>");
});

test.skipIf(CHROMIUM === undefined)(
  "in a browser the button is all there is to press, and unsubscribes, though the page may do nothing else (needs Chromium)",
  { timeout: 60_000 },
  async () => {
    const link = await linked();
    const origin = await listen(async (request) => link.api.app.fetch(request));
    const page = await browse(origin + link.path);
    await page.until(`document.querySelector("h1")?.textContent === "Unsubscribe"`);
    await page.until(`document.querySelectorAll("a, button, input:not([type=hidden])").length === 1`);
    const background = await page.until(`getComputedStyle(document.querySelector("button")).backgroundColor`);
    expect(background).toBe("rgb(29, 78, 216)"); // the style has come through the policy
    expect(await listed(link)).toEqual([]);
    await page.until(`document.querySelector("button").click() ?? true`);
    await page.until(`document.querySelector("h1")?.textContent === "You are unsubscribed"`);
    expect(await listed(link)).toMatchObject([{ address: "you@example.net", source: "unsubscribe" }]);
    expect(page.requested.filter((url) => url !== origin + link.path && !url.startsWith("data:"))).toEqual([]);
    expect(page.complaints).toEqual([]);
  },
);
