/** Does what a form asks for, by the API, and has the next page tell what came of it. */
import type { Context } from "hono";
import { MailProxyError } from "../client/error.ts";
import type { DashboardEnv } from "./env.ts";
import { type Notice, redirectWith } from "./session.ts";

/** `action` answers what was done, in words; what the API refuses is told in the API's own. The page at `back` is shown next. */
export async function act(
  c: Context<DashboardEnv>,
  back: string,
  action: () => Promise<string | Notice>,
): Promise<Response> {
  try {
    const done = await action();
    return redirectWith(c, back, typeof done === "string" ? { kind: "done", text: done } : done);
  } catch (error) {
    return refused(c, back, error);
  }
}

/** The page at `back` is shown next, and tells why it was refused. */
export function refused(c: Context<DashboardEnv>, back: string, error: unknown): Response {
  return redirectWith(c, back, { kind: "failed", text: refusal(error) });
}

/** The words of a refusal. Throws on what is none. */
export function refusal(error: unknown): string {
  if (error instanceof MailProxyError && error.status > 0) return error.message;
  throw error;
}
