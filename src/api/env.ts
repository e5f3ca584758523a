/** What travels with a request from one handler to the next. */
import type { Context } from "hono";
import type { Principal } from "../tenancy/keys.ts";

export interface Env {
  Variables: {
    requestId: string;
    caller: Principal;
    /** For the command log: what was asked, what was answered, and whose affair it was. */
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
