/** What travels with a request from one handler to the next. */
import type { Context } from "hono";
import type { Principal } from "../tenancy/keys.ts";
import type { Incoming } from "./door.ts";

export interface Env {
  /** Of a call that stands behind an alias (alias-calls.ts): the call that was made, and how long the body is that it came with. */
  Bindings: { outer?: Context<Env>; bodyBytes?: number | undefined };
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
