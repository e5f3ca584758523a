/** What all pages have around them: the document, the way to the others, what was done on the page before. */
import type { Context } from "hono";
import { html } from "hono/html";
import type { Child } from "hono/jsx";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { assetUrl } from "./assets/index.ts";
import type { DashboardEnv } from "./env.ts";
import { versionText } from "./parts/version.ts";
import { type Notice, takeNotice } from "./session.ts";

/** The pages, in the order of the navigation. `ofKey`: what it is called for a tenant's key, which has one of its kind. */
const PLACES = [
  { at: "overview", href: "/dashboard", name: "Overview" },
  { at: "messages", href: "/dashboard/messages", name: "Messages" },
  { at: "accounts", href: "/dashboard/accounts", name: "Accounts" },
  { at: "tenants", href: "/dashboard/tenants", name: "Tenants", ofKey: "Tenant" },
  { at: "suppressions", href: "/dashboard/suppressions", name: "Suppressions" },
  { at: "webhooks", href: "/dashboard/webhooks", name: "Webhooks" },
  { at: "commands", href: "/dashboard/commands", name: "Command log" },
  { at: "settings", href: "/dashboard/settings", name: "Settings", adminOnly: true },
  { at: "inbox", href: "/dashboard/inbox", name: "Inbox", adminOnly: true, inboxOnly: true },
] as const;
export type Place = (typeof PLACES)[number]["at"];

export interface PageOptions {
  title: string;
  here: Place;
  status?: ContentfulStatusCode;
}

/** Answers a page of the dashboard. */
export function page(c: Context<DashboardEnv>, { title, here, status = 200 }: PageOptions, content: Child) {
  const { host, visitor } = c.var;
  const isAdmin = visitor.caller.kind === "admin";
  const places = PLACES.filter((place) => isAdmin || !("adminOnly" in place)).filter(
    (place) => host.hasInbox || !("inboxOnly" in place),
  );
  const shell = (
    <Document title={title} live={host.isLive ? "events" : "polling"}>
      <a class="skip" href="#main">
        To the content
      </a>
      <header class="top">
        <a class="brand" href="/dashboard">
          mail-proxy
        </a>
        <span class="who">{visitor.caller.kind === "admin" ? "admin" : `tenant ${visitor.caller.tenantId}`}</span>
        <form method="post" action="/dashboard/logout">
          <button type="submit" class="quiet">
            Log out
          </button>
        </form>
      </header>
      <nav aria-label="Pages">
        <ul>
          {places.map((place) => (
            <li>
              <a href={place.href} aria-current={place.at === here ? "page" : undefined}>
                {isAdmin || !("ofKey" in place) ? place.name : place.ofKey}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <main id="main" tabindex={-1}>
        <Said notice={takeNotice(c)} />
        {content}
      </main>
      <footer>mail-proxy {versionText(host)}</footer>
    </Document>
  );
  return document(c, shell, status);
}

function Said({ notice }: { notice: Notice | undefined }) {
  return (
    <div id="notice" aria-live="polite">
      {notice !== undefined && <p class={`notice ${notice.kind}`}>{notice.text}</p>}
    </div>
  );
}

/**
 * No style of htmx's own, which the policy forbids, and no history. What is no page is not put into one, and what somebody
 * has opened (`<details open>`) stays so when its part comes anew.
 */
const HTMX = JSON.stringify({
  includeIndicatorCSS: false,
  history: false,
  noSwap: [204, 304, "4xx", "5xx"],
  morphIgnore: ["data-htmx-powered", "open"],
});

interface DocumentProps {
  title: string;
  /** How the page hears of what is new. */
  live?: "events" | "polling";
  children?: Child;
}

export function Document({ title, live, children }: DocumentProps) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="htmx-config" content={HTMX} />
        <title>{`${title} · mail-proxy`}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href={assetUrl("dashboard.css")} />
        <script src={assetUrl("htmx.js")} defer />
        <script src={assetUrl("uplot.js")} defer />
        <script src={assetUrl("dashboard.js")} defer />
      </head>
      <body data-live={live}>{children}</body>
    </html>
  );
}

/** `page`: a Document. */
export function document(c: Context<DashboardEnv>, page: Child, status: ContentfulStatusCode = 200) {
  return c.html(html`<!doctype html>${page}`, status);
}
