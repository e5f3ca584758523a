/** What a call is told that no route has taken: there is no such path, or the path has other methods. */
import type { Context, Hono } from "hono";
import { AppError } from "../errors.ts";
import { ALIASES } from "./aliases.ts";
import type { Env } from "./env.ts";
import { answerFailure } from "./failures.ts";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"];

export function answerUnrouted(app: Hono<Env>): (c: Context<Env>) => Response {
  return (c) => {
    const methods = METHODS.filter((method) => hasRoute(app, method, c.req.path));
    if (methods.length === 0)
      return answerFailure(new AppError("not_found", `there is no ${c.req.method} ${c.req.path}`), c);
    if (methods.includes("GET")) methods.push("HEAD");
    const allowed = [...methods, "OPTIONS"].join(", ");
    c.header("Allow", allowed); // RFC 9110 15.5.6, and 9.3.7
    if (c.req.method === "OPTIONS") return c.body(null, 204);
    return answerFailure(
      new AppError("method_not_allowed", `${c.req.path} takes no ${c.req.method}, but ${allowed}`),
      c,
    );
  };
}

/** Middleware stands under every method and path. */
function hasRoute(app: Hono<Env>, method: string, path: string): boolean {
  const [handlers] = app.router.match(method, path);
  return handlers.some(([[, route]]) => route.method !== "ALL") || ALIASES.some(({ at }) => at === `${method} ${path}`);
}
