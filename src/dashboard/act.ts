/** Does what a form asks for, by the API, and has the next page tell what came of it. */
import type { Context } from "hono";
import { MailProxyError } from "../client/error.ts";
import type { DashboardEnv } from "./env.ts";
import { type Notice, redirectWith } from "./session.ts";

/**
 * `action` answers what was done, in words, and the page at `back` is shown next; or it answers the request itself. What the API refuses
 * is told in the API's own words at `back`.
 */
export async function act(
  c: Context<DashboardEnv>,
  back: string,
  action: () => Promise<string | Notice | Response>,
): Promise<Response> {
  try {
    const done = await action();
    if (typeof done === "string") return redirectWith(c, back, { kind: "done", text: done });
    return "kind" in done ? redirectWith(c, back, done) : done;
  } catch (error) {
    return redirectWith(c, back, { kind: "failed", text: refusal(error) });
  }
}

/** The words of a refusal. Throws on what is none. */
export function refusal(error: unknown): string {
  if (error instanceof MailProxyError && error.status > 0) return error.message;
  throw error;
}
