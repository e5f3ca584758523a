/** What a browser may do with a page of the dashboard: nothing but what comes from where the page came from. */
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { secureHeaders } from "hono/secure-headers";
import type { DashboardEnv } from "./env.ts";

const pages = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'", "data:"],
    connectSrc: ["'self'"],
    frameSrc: ["'self'"],
    formAction: ["'self'"],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
  },
  xFrameOptions: "DENY",
  referrerPolicy: "no-referrer",
  strictTransportSecurity: false, // the matter of whoever speaks TLS in front
});

/** What a stranger wrote, in a frame of a page of ours: its own styles and pictures, no script, and nothing from anywhere. */
const letters = secureHeaders({
  contentSecurityPolicy: {
    sandbox: [],
    defaultSrc: ["'none'"],
    styleSrc: ["'unsafe-inline'"],
    imgSrc: ["data:"],
    frameAncestors: ["'self'"],
  },
  xFrameOptions: "SAMEORIGIN",
  originAgentCluster: false, // in a sandbox it is an origin of its own in any case
  referrerPolicy: "no-referrer",
  strictTransportSecurity: false,
});

/** Answers a letter's HTML, for a frame with `sandbox`. */
export function letterHtml(c: Context<DashboardEnv>, html: string): Response {
  c.set("isLetter", true);
  return c.body(html, 200, { "Content-Type": "text/html; charset=utf-8" });
}

const answered = () => Promise.resolve();

/** Pages hold private data: nobody keeps them. A handler that sets a header itself knows better. */
export const headers = createMiddleware<DashboardEnv>(async (c, next) => {
  await next();
  await (c.get("isLetter") === true ? letters : pages)(c, answered);
  if (!c.res.headers.has("Cache-Control")) c.header("Cache-Control", "no-store");
});
