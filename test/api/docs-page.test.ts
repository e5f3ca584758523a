/** The page of the API's document: in a real browser, behind a path that a proxy in front has put before it. */
import { expect, test } from "vitest";
import { browse, CHROMIUM } from "../support/chromium.ts";
import { listen } from "../support/listen.ts";
import { ADMIN, apiWithTenant, type TestApi } from "./support.ts";

/** The API under `/mail`, as behind a proxy that takes the prefix off. */
function underPrefix({ app }: TestApi): Promise<string> {
  return listen(async (request) => {
    const url = new URL(request.url);
    return app.fetch(new Request(new URL(url.pathname.replace(/^\/mail/, "") + url.search, url), request));
  });
}

test("the page lets nothing in but its own script and style, and needs no token", async () => {
  const { api } = await apiWithTenant();
  const { status, headers, text } = await api.get("/docs", null);
  expect(status).toBe(200);
  const policy = headers.get("Content-Security-Policy") ?? "";
  const [, nonce] = /script-src 'nonce-([^']+)'/.exec(policy) ?? [];
  expect(policy).toMatch(/^default-src 'none'; connect-src 'self'; /);
  expect(policy).not.toMatch(/unsafe|https?:|\*/);
  expect(text.match(/<script[^>]*>/g)).toEqual([`<script nonce="${nonce}">`]);
  expect((await api.get("/docs", null)).text).not.toContain(String(nonce));
});

test.skipIf(CHROMIUM === undefined)(
  "a browser draws every operation, authorizes and sends a call, and asks nobody else for anything (needs Chromium)",
  async () => {
    const { api } = await apiWithTenant();
    const origin = await underPrefix(api);
    const page = await browse(`${origin}/mail/docs#addMessages`);
    await page.until(`document.querySelector("#addMessages table")`);

    const { paths } = JSON.parse((await api.get("/openapi.json", null)).text) as { paths: Record<string, object> };
    const operations = Object.values(paths).flatMap((methods) => Object.keys(methods)).length;
    await page.until(`document.querySelectorAll(".operation").length === ${operations}`);

    await page.until(`(() => {
      document.getElementById("token").value = ${JSON.stringify(ADMIN)};
      document.querySelector("#authorize button").click();
      return true;
    })()`);
    await page.until(`document.getElementById("who").value === "this token is taken"`);

    await page.until(`document.querySelector("#addMessages form button")?.click() ?? true`);
    const answer = await page.until(`/^\\d/.exec(document.querySelector("#addMessages pre").textContent)?.input`);
    expect(answer).toMatch(/^200[\s\S]*"queued": 1/);

    expect(page.requested.filter((url) => !url.startsWith(`${origin}/mail/`) && !url.startsWith("data:"))).toEqual([]);
    expect(page.complaints).toEqual([]);
  },
);
