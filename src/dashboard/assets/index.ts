/** The files that pages ask for, embedded; each under a name that changes with what is in it, so that browsers keep it. */
import { Hono } from "hono";
import htmx from "htmx.org/dist/htmx.min.js" with { type: "text" };
import uplot from "uplot/dist/uPlot.iife.min.js" with { type: "text" };
import uplotStyle from "uplot/dist/uPlot.min.css" with { type: "text" };
import { hashToken } from "../../security/tokens.ts";
import type { DashboardEnv } from "../env.ts";
import base from "./base.css" with { type: "text" };
import copy from "./copy.browser.js" with { type: "text" };
import script from "./dashboard.browser.js" with { type: "text" };
import forms from "./forms.css" with { type: "text" };
import login from "./login.browser.js" with { type: "text" };
import messagesScript from "./messages.browser.js" with { type: "text" };
import messages from "./messages.css" with { type: "text" };
import overview from "./overview.css" with { type: "text" };
import parts from "./parts.css" with { type: "text" };
import plots from "./plots.browser.js" with { type: "text" };
import times from "./times.browser.js" with { type: "text" };

const SCRIPT = "text/javascript; charset=utf-8";
const STYLE = "text/css; charset=utf-8";

const FILES = {
  "htmx.js": { type: SCRIPT, text: htmx },
  "uplot.js": { type: SCRIPT, text: uplot },
  "dashboard.js": { type: SCRIPT, text: [login, script, messagesScript, times, plots, copy].join("\n") },
  "dashboard.css": { type: STYLE, text: [uplotStyle, base, parts, forms, messages, overview].join("\n") },
};
type FileName = keyof typeof FILES;

const YEAR_SECONDS = 31_536_000;

export function assetRoutes(): Hono<DashboardEnv> {
  const app = new Hono<DashboardEnv>();
  app.get("/:version/:name", (c) => {
    const name = c.req.param("name");
    if (!isFile(name)) return c.notFound();
    const { type, text } = FILES[name];
    // One that an older page asks for is no longer there: it gets what is, and does not keep it.
    const isSame = c.req.param("version") === versionOf(name);
    return c.body(text, 200, {
      "Content-Type": type,
      "Cache-Control": isSame ? `public, max-age=${YEAR_SECONDS}, immutable` : "no-store",
    });
  });
  return app;
}

export function assetUrl(name: FileName): string {
  return `/dashboard/assets/${versionOf(name)}/${name}`;
}

const versions = new Map<FileName, string>();

/** Hashed when it is wanted first: most processes of a Worker show no page. */
function versionOf(name: FileName): string {
  const known = versions.get(name) ?? hashToken(FILES[name].text).slice(0, 16);
  versions.set(name, known);
  return known;
}

function isFile(name: string): name is FileName {
  return Object.hasOwn(FILES, name);
}
