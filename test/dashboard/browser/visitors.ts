/** Who looks at the dashboard in a test: pages of a browser, logged in, and watched for what they complain of and ask for. */
import type { BrowserContextOptions, Cookie } from "playwright-core";
import { expect } from "vitest";
import { ADMIN_TOKEN } from "../../support/app.ts";
import { type Visit, visit } from "../../support/browser.ts";

type SessionCookie = Pick<
  Cookie,
  "name" | "value" | "domain" | "path" | "httpOnly" | "secure" | "sameSite" | "expires"
>;

export interface VisitOptions extends BrowserContextOptions {
  /** Whom the session belongs to: the admin unless said otherwise; null for nobody. */
  token?: string | null;
}

export class Visitors {
  readonly #proxy: { url: string };
  readonly #sessions = new Map<string, Promise<SessionCookie>>();
  #visits: Visit[] = [];

  constructor(proxy: { url: string }) {
    this.#proxy = proxy;
  }

  /** Opens a page of the dashboard in a profile of its own. */
  async open(path: string, { token = ADMIN_TOKEN, ...options }: VisitOptions = {}): Promise<Visit> {
    const cookies = token === null ? [] : [await this.#session(token)];
    const opened = await visit({ baseURL: this.#proxy.url, storageState: { cookies, origins: [] }, ...options });
    this.#visits.push(opened);
    await opened.page.goto(path);
    return opened;
  }

  /** Of a test; what an earlier one, which failed, has left is nobody's concern any more. */
  begin(): void {
    this.#visits = [];
  }

  /** No page of this test complained, or asked for anything elsewhere. */
  checkAll(): void {
    for (const opened of this.#visits) checkVisit(opened, this.#proxy.url);
  }

  /** Of a session: what a request without a browser carries. */
  async cookie(token = ADMIN_TOKEN): Promise<string> {
    const { name, value } = await this.#session(token);
    return `${name}=${value}`;
  }

  /** One for each token: a login costs more than most tests. */
  #session(token: string): Promise<SessionCookie> {
    const session = this.#sessions.get(token) ?? logIn(this.#proxy.url, token);
    this.#sessions.set(token, session);
    return session;
  }
}

export function checkVisit({ page, complaints, requested }: Visit, origin: string): void {
  expect(complaints, `what ${page.url()} complained of`).toEqual([]);
  const elsewhere = requested.filter((url) => !url.startsWith(`${origin}/`) && !url.startsWith("data:"));
  expect(elsewhere, `what ${page.url()} asked for elsewhere`).toEqual([]);
}

/** The form's request, without the form. */
async function logIn(url: string, token: string): Promise<SessionCookie> {
  const response = await fetch(`${url}/dashboard/login`, {
    method: "POST",
    headers: { Origin: url },
    body: new URLSearchParams({ token }),
    redirect: "manual",
  });
  expect(response.status).toBe(303);
  const [name = "", value = ""] = (response.headers.get("Set-Cookie") ?? "").split(/[=;]/, 2);
  const { hostname: domain } = new URL(url);
  return { name, value, domain, path: "/dashboard", httpOnly: true, secure: false, sameSite: "Strict", expires: -1 };
}
