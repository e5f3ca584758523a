/**
 * The HTTP API, put together in the order in which a request passes.
 *
 * 1. A request id, safe headers; what is thrown anywhere becomes an answer in failures.ts.
 * 2. Public routes: liveness, readiness, the sandbox's empty page.
 * 3. Who calls (auth.ts), how much is sent (body.ts), and for changing calls: not while stopping, and into the command log.
 * 4. The resources, one file each.
 */
import { Hono, type MiddlewareHandler } from "hono";
import { requestId } from "hono/request-id";
import { AppError } from "../errors.ts";
import { accountRoutes } from "./accounts.ts";
import { addMessagesRoute } from "./add-messages.ts";
import { adminOnly, authenticated } from "./auth.ts";
import { limitedBody, refusedWhileDraining } from "./body.ts";
import { commandRoutes } from "./commands.ts";
import { DefaultPriority } from "./default-priority.ts";
import type { Env } from "./env.ts";
import { answerFailure } from "./failures.ts";
import { instanceRoutes } from "./instance.ts";
import { messageRoutes } from "./messages.ts";
import { operationRoutes, publicRoutes } from "./operations.ts";
import type { Service } from "./service.ts";
import { tenantRoutes } from "./tenants.ts";

const CHANGING = ["POST", "PUT", "PATCH", "DELETE"];

export function createApi(service: Service): Hono<Env> {
  const { config, inbox } = service;
  const defaultPriority = new DefaultPriority(service);
  const app = new Hono<Env>();
  app.onError(answerFailure);
  app.notFound((c) => answerFailure(new AppError("not_found", `there is no ${c.req.method} ${c.req.path}`), c));

  app.use(requestId(), safeHeaders);
  app.route("/", publicRoutes(service));
  if (inbox !== undefined) app.get("/inbox", (c) => inbox.fetch(new Request(new URL("/", c.req.url))));

  app.use(authenticated(service), limitedBody(config.maxBodyBytes));
  app.on(CHANGING, "*", refusedWhileDraining(service), logged(service));

  app.route("/", addMessagesRoute(service, defaultPriority));
  app.route("/", messageRoutes(service));
  app.route("/", accountRoutes(service));
  app.route("/", tenantRoutes(service));
  app.route("/", commandRoutes(service));
  app.route("/", instanceRoutes(service, defaultPriority));
  app.route("/", operationRoutes(service));
  if (inbox !== undefined) {
    app.use("/inbox/*", adminOnly);
    app.route("/inbox", inbox);
  }
  return app;
}

/** Answers hold private data: nobody keeps them, and no browser takes them for anything but what they are. */
const safeHeaders: MiddlewareHandler<Env> = async (c, next) => {
  c.header("X-Content-Type-Options", "nosniff");
  c.header("Cache-Control", "no-store");
  await next();
};

function logged({ commandLog, now }: Service): MiddlewareHandler<Env> {
  return async (c, next) => {
    await next();
    commandLog.record({
      at: now(),
      endpoint: `${c.req.method} ${c.req.path}${queryString(c.req.url)}`,
      tenantId: c.get("tenantId"),
      payload: c.res.status < 400 ? c.get("payload") : fieldNames(c.get("payload")),
      status: c.res.status,
      result: c.get("result"),
      requestId: c.get("requestId"),
    });
  };
}

function queryString(url: string): string {
  const start = url.indexOf("?");
  return start === -1 ? "" : url.slice(start);
}

/** Of a refused call only the names: a secret under a misspelt name would not be recognised as one. */
function fieldNames(payload: unknown): { fields: string[] } {
  return { fields: typeof payload === "object" && payload !== null ? Object.keys(payload) : [] };
}
