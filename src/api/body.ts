/** What a request may carry: JSON, up to a size, and nothing that changes anything while this process stops. */
import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { AppError } from "../errors.ts";
import type { Env } from "./env.ts";
import type { Service } from "./service.ts";

/** A stop takes about this long at most; another process, or the next one, takes the call. */
const DRAINING_RETRY_AFTER = 5;

const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i;

export function limitedBody(maxBytes: number): MiddlewareHandler<Env> {
  const tooLarge = () => {
    throw new AppError("payload_too_large", `the body is over ${maxBytes} bytes`);
  };
  const counted = bodyLimit({ maxSize: maxBytes, onError: tooLarge });
  return async (c, next) => {
    const announced = c.req.header("Content-Length");
    // Without an announcement the bytes have to be counted, which costs a copy.
    if (announced === undefined || c.req.header("Transfer-Encoding") !== undefined) return counted(c, next);
    if (Number(announced) > maxBytes) tooLarge();
    await next();
  };
}

/** Refuses a body that is not declared as JSON, which the validators would take for an empty one; no body is an empty object. */
export const jsonBody: MiddlewareHandler<Env> = async (c, next) => {
  if (!hasBody(c.req.raw)) {
    c.req.raw = new Request(c.req.raw, {
      headers: { ...c.req.header(), "Content-Type": "application/json" },
      body: "{}",
    });
    return next();
  }
  const type = c.req.header("Content-Type");
  if (type === undefined || !JSON_TYPE.test(type)) {
    const given = type === undefined ? "no Content-Type" : "another Content-Type";
    throw new AppError(
      "unsupported_media_type",
      `the body must be JSON and say so: send Content-Type: application/json (it came with ${given})`,
    );
  }
  await next();
};

function hasBody(request: Request): boolean {
  const announced = request.headers.get("Content-Length");
  return announced === null ? request.body !== null : announced !== "0";
}

export function refusedWhileDraining({ engine }: Service): MiddlewareHandler<Env> {
  return async (_, next) => {
    if (engine.state().draining)
      throw new AppError("draining", "this process is stopping", { retryAfter: DRAINING_RETRY_AFTER });
    await next();
  };
}

/** For commands that read the query string alone: fields in a body would be ignored, and a suspension meant for one batch hit all. */
export const emptyBody: MiddlewareHandler<Env> = async (c, next) => {
  if (!/^\s*(?:\{\s*\}|null)?\s*$/.test(await c.req.text()))
    throw new AppError("validation_failed", "this command takes its fields from the query string, not from a body");
  await next();
};
