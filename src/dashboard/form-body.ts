/** Forms, read before their handlers: as far as there is room for them in memory, in time, and only if they are any. */
import type { Context, MiddlewareHandler } from "hono";
import { announcedBytes, bodyTooLarge, readBody } from "../api/body.ts";
import { AppError } from "../errors.ts";
import type { DashboardEnv } from "./env.ts";

/**
 * `callerOf`: who stands at the door with it, beside other callers; not as the one whom the API sees, since what a form asks
 * of the API goes through the same door while the form is still held.
 */
export function formBody(
  maxBodyBytes: number,
  callerOf: (c: Context<DashboardEnv>) => string,
): MiddlewareHandler<DashboardEnv> {
  return async (c, next) => {
    if (c.req.method !== "POST") return next();
    const announced = announcedBytes(c);
    if (announced !== undefined && announced > maxBodyBytes) throw bodyTooLarge(maxBodyBytes);
    const pass = c.var.host.enter(callerOf(c));
    try {
      pass.grow(announced ?? 0);
      const body = await readBody(c, { announced, maxBodyBytes, pass });
      const { url, headers } = c.req.raw;
      c.req.raw = new Request(url, { method: "POST", headers, body });
      await parsed(c);
      return await next();
    } finally {
      pass.leave();
    }
  };
}

/** Handlers find it read: Hono keeps it. */
async function parsed(c: Context<DashboardEnv>): Promise<void> {
  try {
    await c.req.formData();
  } catch {
    throw new AppError("bad_request", "What was sent is no form.");
  }
}
