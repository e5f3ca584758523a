/**
 * The dashboard: pages made on the server, each of them out of calls to the API on behalf of whoever is logged in.
 *
 * 1. Headers that let nothing from elsewhere in (headers.ts), and no request that another site began (CSRF).
 * 2. What needs no session: files for the browser, the login.
 * 3. A session, from which the API's client is made (session.ts).
 * 4. The pages, a folder each.
 */
import { Hono } from "hono";
import { csrf } from "hono/csrf";
import { accountRoutes } from "./accounts/routes.tsx";
import { assetRoutes } from "./assets/index.ts";
import { commandsRoutes } from "./commands/routes.tsx";
import type { DashboardEnv, Host } from "./env.ts";
import { answerFailure, answerNotFound } from "./failure.tsx";
import { formBody } from "./form-body.ts";
import { headers } from "./headers.ts";
import { inboxRoutes } from "./inbox/routes.tsx";
import { liveRoutes } from "./live.ts";
import { loginRoutes } from "./login.tsx";
import { messagesRoutes } from "./messages/routes.tsx";
import { overviewRoutes } from "./overview/routes.tsx";
import { loggedIn } from "./session.ts";
import { settingsRoutes } from "./settings/routes.tsx";
import { suppressionsRoutes } from "./suppressions/routes.tsx";
import { tenantRoutes } from "./tenants/routes.tsx";
import { webhooksRoutes } from "./webhooks/routes.tsx";

/** Where it is served. */
const DASHBOARD = "/dashboard";

/** In bytes; anybody may send one. */
const LONGEST_LOGIN = 16 * 1024;

export function createDashboard(host: Host): Hono<DashboardEnv> {
  const app = new Hono<DashboardEnv>({ strict: false }).basePath(DASHBOARD);
  app.onError(answerFailure);
  app.notFound(answerNotFound);
  app.use(async (c, next) => {
    c.set("host", host);
    await next();
  });
  app.use(headers, csrf());

  app.use(
    "/login",
    formBody(LONGEST_LOGIN, () => "login"),
  );
  app.route("/assets", assetRoutes());
  app.route("/", loginRoutes());

  app.use(
    loggedIn,
    formBody(host.maxBodyBytes, (c) => `form of ${c.var.visitor.tokenHash}`),
  );
  app.route("/", overviewRoutes());
  app.route("/messages", messagesRoutes());
  app.route("/", liveRoutes(host));
  app.route("/accounts", accountRoutes());
  app.route("/tenants", tenantRoutes());
  app.route("/suppressions", suppressionsRoutes());
  app.route("/commands", commandsRoutes());
  app.route("/settings", settingsRoutes());
  if (host.hasInbox) app.route("/inbox", inboxRoutes());
  app.route("/webhooks", webhooksRoutes());
  return app;
}
