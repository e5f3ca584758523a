/** What the dashboard answers where a page cannot be shown, or an action was refused: in words, and with the way back. */
import { getLogger } from "@logtape/logtape";
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { asAppError } from "../api/failures.ts";
import { MailProxyError } from "../client/error.ts";
import { AppError, reason } from "../errors.ts";
import type { DashboardEnv } from "./env.ts";
import { Document, document } from "./shell.tsx";

const log = getLogger(["mail-proxy", "dashboard"]);

export function answerFailure(thrown: Error, c: Context<DashboardEnv>): Response | Promise<Response> {
  const { status, text } = told(thrown);
  // What is refused for want of room is no fault: a crowd of such forms is not to fill the log as well.
  if (status >= 500 && !(thrown instanceof AppError))
    log.error("{method} {path} failed: {reason}", { method: c.req.method, path: c.req.path, reason: reason(thrown) });
  return failurePage(c, status, text);
}

export function answerNotFound(c: Context<DashboardEnv>): Response | Promise<Response> {
  return failurePage(c, 404, "There is no such page.");
}

function told(thrown: Error): { status: number; text: string } {
  if (thrown instanceof MailProxyError && thrown.status > 0) return { status: thrown.status, text: thrown.message };
  if (thrown instanceof AppError && thrown.code === "payload_too_large")
    return { status: thrown.status, text: "This is larger than what is taken at once (MAIL_PROXY_MAX_BODY_BYTES)." };
  if (thrown instanceof AppError) return { status: thrown.status, text: thrown.message };
  if (thrown instanceof HTTPException)
    return { status: thrown.status, text: "This request did not come from the dashboard." };
  const { code, status, message } = asAppError(thrown);
  if (code === "database_unavailable")
    return { status, text: `This has to wait: ${message}. Nothing that was accepted is lost; try again in a moment.` };
  return { status: 500, text: "Something went wrong here; the log says what." };
}

function failurePage(c: Context<DashboardEnv>, status: number, text: string): Response | Promise<Response> {
  const page = (
    <Document title="Not possible">
      <main id="main" class="login">
        <h1>{status === 404 ? "Not found" : "Not possible"}</h1>
        <p role="alert">{text}</p>
        <p>
          <a href="/dashboard">To the overview</a>
        </p>
      </main>
    </Document>
  );
  return document(c, page, status as ContentfulStatusCode);
}
