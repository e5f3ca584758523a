/**
 * What every call with a token passes before its handler, in one step, since taking a message in is not much more.
 *
 * 1. It presents a token.
 * 2. The token opens something (auth.ts).
 * 3. A call that changes something: this process is not stopping, and there is room in memory for the body (door.ts).
 * 4. The handler.
 * 5. A call that changes something: into the command log.
 */
import type { Context, MiddlewareHandler } from "hono";
import { AppError } from "../errors.ts";
import { identify, presentedToken, type Trust } from "./auth.ts";
import { announcedBytes, bodyTooLarge } from "./body.ts";
import type { Door } from "./door.ts";
import type { Env } from "./env.ts";
import type { Service } from "./service.ts";

const CHANGING = new Set(["POST", "PUT", "PATCH", "DELETE"]);

/** A stop takes about this long at most; another process, or the next one, takes the call. */
const DRAINING_RETRY_AFTER = 5;

/** `trust`: where the handler lets the database check what it builds on, the caller may be one that is remembered. */
export function entrance(service: Service, door: Door, trust: Trust): MiddlewareHandler<Env> {
  const { config, engine } = service;
  const { maxBodyBytes } = config;
  return async (c, next) => {
    const token = presentedToken(c);
    if (!CHANGING.has(c.req.method)) {
      await identify(c, service, token, trust);
      return next();
    }
    // Before the token is looked up: that takes its time too while the database is slow.
    const pass = door.enter(token);
    try {
      await identify(c, service, token, trust);
      const announced = announcedBytes(c);
      if (announced !== undefined && announced > maxBodyBytes) throw bodyTooLarge(maxBodyBytes);
      if (engine.state().draining)
        throw new AppError("draining", "this process is stopping", { retryAfter: DRAINING_RETRY_AFTER });
      pass.grow(announced ?? 0);
      c.set("incoming", { announced, maxBodyBytes, pass });
      await next();
    } finally {
      pass.leave();
    }
    record(c, service);
  };
}

function record(c: Context<Env>, { commandLog, now }: Service): void {
  commandLog.record({
    at: now(),
    endpoint: `${c.req.method} ${c.req.path}${queryString(c.req.url)}`,
    tenantId: c.get("tenantId"),
    payload: c.res.status < 400 ? c.get("payload") : fieldNames(c.get("payload")),
    status: c.res.status,
    result: c.get("result"),
    requestId: c.get("requestId"),
  });
}

function queryString(url: string): string {
  const start = url.indexOf("?");
  return start === -1 ? "" : url.slice(start);
}

/** Of a refused call only the names: a secret under a misspelt name would not be recognised as one. */
function fieldNames(payload: unknown): { fields: string[] } {
  return { fields: typeof payload === "object" && payload !== null ? Object.keys(payload) : [] };
}
