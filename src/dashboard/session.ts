/** The cookies of the dashboard: the session, and the one line that a page says about what was done on the page before it. */
import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { createMiddleware } from "hono/factory";
import { MailProxy } from "../client/client.ts";
import { SESSION_SECONDS } from "../tenancy/sessions.ts";
import type { DashboardEnv } from "./env.ts";

/** Cookies know no ports: instances beside each other on one machine would log each other out. */
function cookieName(c: Context<DashboardEnv>, what: string): string {
  return `mail_proxy_${what}_${new URL(c.req.url).port || "0"}`;
}

/** RFC 6265bis 5.8.3: out of a script's reach, and never sent along with what another site began. */
function options(c: Context<DashboardEnv>) {
  const isSecure = c.req.url.startsWith("https:") || c.req.header("X-Forwarded-Proto") === "https";
  return { path: "/dashboard", httpOnly: true, sameSite: "Strict", secure: isSecure } as const;
}

export function sessionOf(c: Context<DashboardEnv>): string | undefined {
  return getCookie(c, cookieName(c, "session"));
}

export function keepSession(c: Context<DashboardEnv>, id: string): void {
  setCookie(c, cookieName(c, "session"), id, { ...options(c), maxAge: SESSION_SECONDS });
}

export function dropSession(c: Context<DashboardEnv>): void {
  deleteCookie(c, cookieName(c, "session"), options(c));
}

/** Sends whoever has no session to the login, and back from there. */
export const loggedIn = createMiddleware<DashboardEnv>(async (c, next) => {
  const { sessions, call } = c.get("host");
  const id = sessionOf(c);
  const visitor = id === undefined ? undefined : await sessions.find(id);
  if (visitor === undefined) return toLogin(c);
  c.set("visitor", visitor);
  const url = new URL("/", c.req.url);
  // The token stands for nothing here: the call carries the visitor beside the request.
  const fetch = (request: Request) => call(request, visitor);
  c.set("api", new MailProxy({ url, token: "visitor", maxRetries: 0, fetch }));
  return next();
});

function toLogin(c: Context<DashboardEnv>): Response {
  const { pathname, search } = new URL(c.req.url);
  const login = `/dashboard/login?next=${encodeURIComponent(pathname + search)}`;
  // A part of a page is not to become a login form: the whole page goes there.
  if (c.req.header("HX-Request") !== undefined) return c.body(null, 401, { "HX-Redirect": login });
  return c.redirect(c.req.method === "GET" ? login : "/dashboard/login", 303);
}

/** What came of an action, told on the next page. */
export interface Notice {
  kind: "done" | "failed";
  text: string;
}

const NOTICE_SECONDS = 60;
/** Of what is encoded: browsers drop a cookie of more than 4,096 bytes (RFC 6265 6.1), and proxies in front an answer with long headers. */
const LONGEST_NOTICE = 3_000;

/** Answers an action: the page at `path` is shown next, and says so. */
export function redirectWith(c: Context<DashboardEnv>, path: string, { kind, text }: Notice): Response {
  setCookie(c, cookieName(c, "notice"), `${kind}:${fitting(text)}`, { ...options(c), maxAge: NOTICE_SECONDS });
  return c.redirect(path, 303);
}

/** As much of it as a cookie holds; no half of a character, which cannot be encoded. */
function fitting(text: string): string {
  let left = LONGEST_NOTICE;
  let fit = "";
  for (const character of text.toWellFormed()) {
    left -= encodeURIComponent(character).length;
    if (left < 0) return `${fit}…`;
    fit += character;
  }
  return fit;
}

/** Said once. */
export function takeNotice(c: Context<DashboardEnv>): Notice | undefined {
  const name = cookieName(c, "notice");
  const value = getCookie(c, name);
  if (value === undefined) return undefined;
  deleteCookie(c, name, options(c));
  const end = value.indexOf(":");
  return { kind: value.startsWith("failed:") ? "failed" : "done", text: value.slice(end + 1) };
}
