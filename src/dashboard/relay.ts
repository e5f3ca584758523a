/** Files that the API answers, handed on as they come: exports, attachments, raw mails. */
import type { Context } from "hono";
import { MailProxyError } from "../client/error.ts";
import type { Failure } from "../client/types.ts";
import type { DashboardEnv } from "./env.ts";

/** Calls the API for the visitor, where the client has no method for it. Throws MailProxyError where it refuses. */
export async function callApi(c: Context<DashboardEnv>, path: string, init?: RequestInit): Promise<Response> {
  const { host, visitor } = c.var;
  const response = await host.call(new Request(new URL(path, c.req.url), init), visitor);
  if (response.ok) return response;
  const failure = (await response.json()) as Failure;
  throw new MailProxyError(failure, response.status);
}

/** With the headers that say what it is and what it is called; whatever it is, a browser keeps it and does not show it. */
export async function relay(c: Context<DashboardEnv>, path: string): Promise<Response> {
  const { headers, body } = await callApi(c, path);
  return new Response(body, {
    headers: {
      "Content-Type": headers.get("Content-Type") ?? "application/octet-stream",
      "Content-Disposition": headers.get("Content-Disposition") ?? "attachment",
    },
  });
}
