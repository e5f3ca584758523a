/**
 * The HTTP call that carries reports to a tenant's endpoint, with one outcome for everything that can happen.
 *
 * 1. the address and the headers, authentication and signature among them
 * 2. one POST (post.ts)
 * 3. the answer, read up to a bound
 */
import { DEFAULT_SYNC_PATH, type StoredAuth } from "../db/schema.ts";
import type { HttpClient } from "../ports.ts";
import { openedHeaders } from "../security/credentials.ts";
import { endpointUrl } from "../security/endpoints.ts";
import type { Vault } from "../security/vault.ts";
import { type Answer, readAnswer } from "./answer.ts";
import { type Posted, post, refusalReason } from "./post.ts";
import type { Report } from "./report.ts";
import { signatureHeaders } from "./signature.ts";

export const CALL_TIMEOUT_MS = 20_000;
/** 500 ids of 255 characters are an eighth of this: whatever is longer is no answer to us. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/** Where a tenant takes its reports; secrets are sealed. */
export interface Endpoint {
  baseUrl: string;
  syncPath: string | null;
  auth: StoredAuth | null;
  /** The newest first; more than one while it is being replaced. */
  webhookSecrets: readonly string[];
  /** The tenant's own key named the URL: it is called at public addresses only. */
  publicOnly: boolean;
}

export interface Call {
  /** The same for each attempt at one batch. */
  id: string;
  reports: Report[];
  now: number;
  /** Aborted when the process stops and does not wait any longer. */
  stop: AbortSignal;
  http: HttpClient;
  timeoutMs?: number;
}

export type Outcome =
  | { kind: "answered"; status: number; answer: Answer }
  | { kind: "failed"; status?: number; reason: string; retryAfterMs?: number }
  | { kind: "aborted" };

/** Calls the endpoint once. Never throws: what goes wrong is an outcome, and none of them holds a secret. */
export async function call(
  endpoint: Endpoint,
  vault: Vault,
  { id, reports, now, stop, http, timeoutMs = CALL_TIMEOUT_MS }: Call,
): Promise<Outcome> {
  const url = syncUrl(endpoint);
  if (typeof url === "string") return { kind: "failed", reason: url };
  const body = JSON.stringify({ delivery_report: reports });
  const headers = await callHeaders(endpoint, vault, { id, now }, body);
  if (typeof headers === "string") return { kind: "failed", reason: headers };
  const { publicOnly } = endpoint;
  const where = { url, urlName: "client_base_url", publicOnly };
  return outcome(await post({ ...where, headers, body, now, stop, http, timeoutMs, read }));
}

function outcome(posted: Posted): Outcome {
  if (posted.kind === "aborted") return posted;
  if (posted.kind === "unanswered") return { kind: "failed", reason: posted.reason };
  const { status, isTaken, text, retryAfterMs } = posted;
  if (isTaken) return { kind: "answered", status, answer: readAnswer(text) };
  const retryAfter = retryAfterMs === undefined ? {} : { retryAfterMs };
  return { kind: "failed", status, reason: refusalReason(status), ...retryAfter };
}

/** Where the reports go; the text of the fault where that is no address to call. */
export function syncUrl({ baseUrl, syncPath }: Pick<Endpoint, "baseUrl" | "syncPath">): URL | string {
  return endpointUrl(baseUrl, syncPath ?? DEFAULT_SYNC_PATH);
}

/** Answers the text of the fault instead where a secret is unusable; what was thrown stays here, since it may show the secret. */
async function callHeaders(
  { auth, webhookSecrets }: Endpoint,
  vault: Vault,
  { id, now }: { id: string; now: number },
  body: string,
): Promise<Headers | string> {
  const headers = await openedHeaders(auth, vault).catch(() => undefined);
  if (headers === undefined) return "client_auth cannot be used: set it again";
  headers.set("content-type", "application/json");
  headers.set("accept", "application/json");
  headers.set("user-agent", "mail-proxy");
  if (webhookSecrets.length === 0) return headers;
  const signature = await signatureHeaders(vault, webhookSecrets, { id, body, now });
  if (signature === undefined) return "webhook_secret cannot be used: set it again, as whsec_ and base64";
  for (const [name, value] of Object.entries(signature)) headers.set(name, value);
  return headers;
}

/** The body of an acknowledgement as text; undefined as soon as it is longer than any answer. */
async function read(response: Response): Promise<string | undefined> {
  if (!response.ok) {
    await response.body?.cancel();
    return undefined;
  }
  if (response.body === null) return "";
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    size += value.byteLength;
    if (size > MAX_ANSWER_BYTES) {
      await reader.cancel();
      return undefined;
    }
    text += decoder.decode(value, { stream: true });
  }
}
