/** What travels with a request from one handler to the next. */
import type { Context } from "hono";
import type { Principal } from "../tenancy/keys.ts";
import type { Incoming } from "./door.ts";

/** Who calls without a token, having shown it before: a session of the dashboard. */
export interface Visitor {
  caller: Principal;
  /** SHA-256 of the token that the session was opened with, in hexadecimal. */
  tokenHash: string;
}

export interface Env {
  Bindings: {
    /** Of a call that stands behind an alias (alias-calls.ts): the call that was made, and how long the body is that it came with. */
    outer?: Context<Env>;
    bodyBytes?: number | undefined;
    /** Given by this process alone, never by what comes in. */
    visitor?: Visitor;
  };
  Variables: {
    requestId: string;
    caller: Principal;
    /** Of calls that change something. */
    incoming: Incoming;
    /** What the body holds; with what was answered, and whose affair it was, the command log keeps it. */
    payload: unknown;
    result: unknown;
    tenantId: string | null;
  };
}

/** A successful answer, which the command log sees too. */
export function answer(c: Context<Env>, fields: Record<string, unknown>): Response {
  const body = { ok: true, ...fields };
  c.set("result", body);
  return c.json(body);
}
