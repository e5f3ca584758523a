/** The one place where what was thrown becomes an answer: a status, a code, and words that give nothing away. */
import { getLogger } from "@logtape/logtape";
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { AppError, reason } from "../errors.ts";
import { tokenOf } from "./auth.ts";
import { emailFailure } from "./emails-failure.ts";
import type { Env } from "./env.ts";

const log = getLogger(["mail-proxy", "api"]);

/** Seconds after which a database that was away is worth another try. */
const DATABASE_RETRY_AFTER = 5;
/** A cause of a cause: what drivers wrap is not deeper. */
const DEEPEST_CAUSE = 5;

export function answerFailure(thrown: Error, c: Context<Env>): Response {
  const failure = asAppError(thrown);
  if (failure.cause !== undefined)
    log.error("{method} {path} failed: {reason} (request {request_id})", {
      method: c.req.method,
      path: c.req.path,
      reason: reason(failure.cause),
      request_id: c.get("requestId"),
    });
  const body = {
    ok: false,
    error: failure.message,
    code: failure.code,
    details: failure.details,
    request_id: c.get("requestId"),
    ...emailFailure(c.req.path, failure, tokenOf(c) !== undefined),
  };
  c.set("result", body);
  if (failure.retryAfter !== undefined) c.header("Retry-After", String(failure.retryAfter));
  if (failure.code === "unauthorized") c.header("WWW-Authenticate", "Bearer"); // RFC 9110 15.5.2
  return c.json(body, failure.status as ContentfulStatusCode);
}

/** What was thrown, as somebody may hear of it; what is only for the log is its cause. */
export function asAppError(thrown: Error): AppError {
  if (thrown instanceof AppError) return thrown;
  if (thrown instanceof HTTPException && thrown.status === 400)
    return new AppError("bad_request", "the body is not JSON");
  const fault = databaseFault(thrown);
  if (fault !== undefined) {
    const more = { retryAfter: DATABASE_RETRY_AFTER, cause: thrown };
    return new AppError("database_unavailable", FAULT_WORDS[codeOf(fault)] ?? "the database does not answer", more);
  }
  return new AppError("internal_error", "internal error", { cause: thrown });
}

/** Faults of a database that does answer, by its own code. */
const FAULT_WORDS: Partial<Record<string, string>> = {
  SQLITE_BUSY: "the database is locked by another process",
  SQLITE_FULL: "the database has no room left",
};

/** What the database refuses because a statement is wrong is our mistake, not its absence. */
const OUR_MISTAKE = /^SQLITE_(ERROR|CONSTRAINT|MISMATCH|RANGE|MISUSE)/;

/** The system's codes for a server that cannot be reached or went away: Bun's on the error, Node's on its cause (UND_ERR_SOCKET and its kin). */
const UNREACHABLE_CODE = /^(ECONN|EHOST|ENET|EAI_|ENOTFOUND|EPIPE|ETIMEDOUT|UND_ERR_)/;
/** How runtimes without such codes begin to say so: Deno, then workerd. Node says it before a cause of whatever kind. */
const UNREACHABLE_WORDS = /^(error sending request|network connection lost|fetch failed)/i;

function databaseFault(thrown: unknown): Error | undefined {
  return causes(thrown).find((error) => {
    // By name: libSQL's error class would bring its driver into every bundle.
    if (error.name === "LibsqlError") return !OUR_MISTAKE.test(codeOf(error));
    return UNREACHABLE_CODE.test(codeOf(error)) || UNREACHABLE_WORDS.test(error.message);
  });
}

function codeOf(error: Error): string {
  return "code" in error ? String(error.code) : "";
}

function causes(thrown: unknown): Error[] {
  const found: Error[] = [];
  for (let error = thrown; error instanceof Error && found.length < DEEPEST_CAUSE; error = error.cause)
    found.push(error);
  return found;
}
