/** The API's document and its page: open to anybody, since they hold nothing but what this page of the sources says. */
import { Hono } from "hono";
import type { Env } from "../env.ts";

/** By version: one in a process, built when somebody asks for it, so that starting costs nothing. */
const documents = new Map<string, Promise<string>>();

async function build(version: string): Promise<string> {
  const { openApi } = await import("./document.ts");
  return JSON.stringify(openApi(version));
}

function documentOf(version: string): Promise<string> {
  const document = documents.get(version) ?? build(version);
  documents.set(version, document);
  return document;
}

/** As long as nobody would notice that a new version has come. */
const CACHED = "public, max-age=300";

export function openApiRoutes(version: string): Hono<Env> {
  const app = new Hono<Env>();

  app.get("/openapi.json", async (c) => {
    c.header("Cache-Control", CACHED);
    c.header("Content-Type", "application/json");
    return c.body(await documentOf(version));
  });

  app.get("/docs", async (c) => {
    const { docsPage } = await import("./page.ts");
    const nonce = crypto.randomUUID();
    c.header(
      "Content-Security-Policy",
      `default-src 'none'; connect-src 'self'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    );
    c.header("Referrer-Policy", "no-referrer");
    return c.html(docsPage(nonce));
  });

  return app;
}
