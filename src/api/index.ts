/**
 * The HTTP API, put together in the order in which a request passes.
 *
 * 1. A request id, safe headers; what is thrown anywhere becomes an answer in failures.ts.
 * 2. Public routes: liveness, readiness, links to large files and to unsubscribe, the API's document, where the sandbox's inbox is.
 * 3. Who calls, how much is sent, and for changing calls: not while stopping, and into the command log (entrance.ts).
 * 4. The resources, one file each, and other paths for them (aliases.ts).
 */
import { Hono, type MiddlewareHandler } from "hono";
import { LinearRouter } from "hono/router/linear-router";
import { SmartRouter } from "hono/router/smart-router";
import { TrieRouter } from "hono/router/trie-router";
import type { H, RouterRoute } from "hono/types";
import { AppError } from "../errors.ts";
import { accountHealthRoutes } from "./account-health.ts";
import { accountRoutes } from "./accounts.ts";
import { addMessagesRoute } from "./add-messages.ts";
import { serveAliases } from "./alias-calls.ts";
import { countRoutes } from "./alias-counts.ts";
import { ALIASES } from "./aliases.ts";
import { adminOnly } from "./auth.ts";
import { bounceRoutes } from "./bounces.ts";
import { commandRoutes } from "./commands.ts";
import { emailRoutes } from "./emails.ts";
import { emailReadRoutes } from "./emails-read.ts";
import { entrance } from "./entrance.ts";
import type { Env } from "./env.ts";
import { answerFailure } from "./failures.ts";
import { figureRoutes } from "./figures.ts";
import { fileRoutes } from "./files.ts";
import { answerHead } from "./head.ts";
import { instanceRoutes } from "./instance.ts";
import { messageRoutes } from "./messages.ts";
import { answerUnrouted } from "./methods.ts";
import { openApiRoutes } from "./openapi/routes.ts";
import { operationRoutes, publicRoutes } from "./operations.ts";
import { SplitRouter } from "./router.ts";
import type { Service } from "./service.ts";
import { suppressionRoutes } from "./suppressions.ts";
import { tenantRoutes } from "./tenants.ts";
import { unsubscribeRoutes } from "./unsubscribe.ts";
import { webhookRoutes } from "./webhooks.ts";
import { webhookDeliveryRoutes } from "./webhooks-deliveries.ts";

/** `quick`: for an app that answers one request, and gains nothing from preparing for many. */
export function createApi(service: Service, quick = false): Hono<Env> {
  const { door, inbox } = service;
  const app = new Hono<Env>({ router: quick ? quickRouter() : new SplitRouter<[H, RouterRoute]>() });
  app.onError(answerFailure);
  app.notFound(answerUnrouted(app));

  app.use(labelled);
  app.options("*", answerUnrouted(app));
  app.route("/", publicRoutes(service));
  app.route("/", fileRoutes(service));
  app.route("/", unsubscribeRoutes(service, door));
  app.all("/unsubscribe/*", answerUnrouted(app)); // nobody there has a token
  app.route("/", openApiRoutes(service.version));
  if (inbox !== undefined) {
    app.get("/inbox", (c) => (service.config.dashboard ? c.redirect("/dashboard/inbox") : c.text(WITHOUT_DASHBOARD)));
  }

  app.route("/", addMessagesRoute(service, entrance(service, door, "remembered")));
  app.route("/", emailRoutes(service, entrance(service, door, "remembered")));
  app.use(entrance(service, door, "recent"));

  const resources = [
    messageRoutes(service),
    emailReadRoutes(service),
    accountRoutes(service),
    accountHealthRoutes(service),
    tenantRoutes(service),
    commandRoutes(service),
    suppressionRoutes(service),
    webhookRoutes(service),
    webhookDeliveryRoutes(service),
    bounceRoutes(service),
    instanceRoutes(service),
    figureRoutes(service),
    operationRoutes(service),
  ];
  app.use(serveAliases(ALIASES, [addMessagesRoute(service, passing), countRoutes(service), ...resources]));
  for (const resource of resources) app.route("/", resource);
  if (inbox !== undefined) {
    app.use("/inbox/*", adminOnly);
    app.route("/inbox", inbox);
  }
  return app;
}

const WITHOUT_DASHBOARD =
  "The dashboard, which shows the inbox, is switched off. With the admin's token GET /inbox/messages lists the mails.\n";

/** Behind an alias, whose own call has come through the entrance. */
const passing: MiddlewareHandler<Env> = (_, next) => next();

/** As `hono/quick` has it: routes are looked through, not compiled. */
function quickRouter() {
  return new SmartRouter<[H, RouterRoute]>({ routers: [new LinearRouter(), new TrieRouter()] });
}

/** What may stand in a log as somebody else's request id. */
const REQUEST_ID = /^[\w=-]{1,255}$/;

/**
 * A request id, the caller's where it has one that fits. Answers hold private data: nobody keeps them, and no browser
 * takes them for anything but what they are.
 */
const labelled: MiddlewareHandler<Env> = (c, next) => {
  const given = c.req.header("X-Request-Id");
  const requestId = given !== undefined && REQUEST_ID.test(given) ? given : crypto.randomUUID();
  c.set("requestId", requestId);
  c.header("X-Request-Id", requestId);
  c.header("X-Content-Type-Options", "nosniff");
  c.header("Cache-Control", "no-store");
  // RFC 9112 3.2: a Host that is none is refused; Bun then gives a URL without one, whose path would be read wrongly.
  if (!c.req.url.startsWith("http"))
    throw new AppError("bad_request", "the request's target or its Host header cannot be read");
  return c.req.method === "HEAD" ? answerHead(c, next) : next();
};
