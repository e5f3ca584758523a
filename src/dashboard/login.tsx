/** The login: a token once, a session from then on. */
import { type Context, Hono } from "hono";
import { AppError } from "../errors.ts";
import type { DashboardEnv } from "./env.ts";
import { dropSession, keepSession, sessionOf } from "./session.ts";
import { Document, document } from "./shell.tsx";
import { within } from "./within.ts";

export function loginRoutes(): Hono<DashboardEnv> {
  const app = new Hono<DashboardEnv>();

  app.get("/login", (c) => loginPage(c, c.req.query("next")));

  app.post("/login", async (c) => {
    const { token, next } = await c.req.parseBody();
    const wanted = typeof next === "string" ? next : undefined;
    const given = typeof token === "string" ? token.trim() : "";
    const { session, fault } = await open(c, given);
    if (session === undefined) return loginPage(c, wanted, fault);
    await endSession(c); // another one in this browser, which nobody could end any more
    keepSession(c, session);
    return c.redirect(within(wanted), 303);
  });

  app.post("/logout", async (c) => {
    await endSession(c);
    dropSession(c);
    return c.redirect("/dashboard/login", 303);
  });

  return app;
}

async function endSession(c: Context<DashboardEnv>): Promise<void> {
  const id = sessionOf(c);
  if (id !== undefined) await c.get("host").sessions.end(id);
}

async function open(c: Context<DashboardEnv>, token: string): Promise<{ session?: string; fault?: string }> {
  try {
    const session = await c.get("host").sessions.open(token);
    return session === undefined ? { fault: "This token opens nothing here." } : { session };
  } catch (error) {
    if (error instanceof AppError && error.code === "forbidden") return { fault: "This key's tenant is not active." };
    throw error;
  }
}

/**
 * Whether nobody but the visitor wished to come here, as the browser tells: a link on somebody else's page is not to log anybody in
 * as somebody else, with a token behind its `#` (login.browser.js).
 */
function isOwnWish(c: Context<DashboardEnv>): boolean {
  return ["none", "same-origin"].includes(c.req.header("Sec-Fetch-Site") ?? "");
}

function loginPage(c: Context<DashboardEnv>, next: string | undefined, fault?: string) {
  const page = (
    <Document title="Log in">
      <main id="main" class="login">
        <h1>mail-proxy</h1>
        <form method="post" action="/dashboard/login" data-at-once={isOwnWish(c) ? "" : undefined}>
          {fault !== undefined && (
            <p class="notice failed" role="alert">
              {fault}
            </p>
          )}
          <input type="hidden" name="next" value={within(next)} />
          <label for="token">Token</label>
          <input
            id="token"
            name="token"
            type="password"
            autocomplete="current-password"
            required
            autofocus
            aria-describedby="token-hint"
          />
          <p class="hint" id="token-hint">
            The admin's token, or the key of a tenant, which sees its own tenant only.{" "}
            <code>mail-proxy NAME token</code> prints the admin's.
          </p>
          <button type="submit" class="primary">
            Log in
          </button>
        </form>
      </main>
    </Document>
  );
  return document(c, page, fault === undefined ? 200 : 401);
}
