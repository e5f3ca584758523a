/** One POST to where somebody else said, with one outcome for everything that can happen: an answer, the reason why there is none, or a stop. */
import { reason } from "../errors.ts";
import type { HttpClient } from "../ports.ts";
import { AddressRefused, ANYWHERE, publicReach } from "../security/reach.ts";
import { readRetryAfter } from "./backoff.ts";

/** For what a tenant's own key named. */
const PUBLIC = publicReach();

export interface Post {
  url: URL;
  /** What the owner calls the URL, in reasons. */
  urlName: string;
  headers: Headers;
  body: string;
  /** The tenant's own key named the URL: it is called at public addresses only. */
  publicOnly: boolean;
  now: number;
  /** Aborted when the process stops and does not wait any longer. */
  stop: AbortSignal;
  http: HttpClient;
  /** Over connection, headers and body. */
  timeoutMs: number;
  /** What is wanted of the answer's body; it cancels the rest. */
  read(response: Response): Promise<string | undefined>;
}

export type Posted =
  | { kind: "answered"; status: number; isTaken: boolean; text: string | undefined; retryAfterMs: number | undefined }
  | { kind: "unanswered"; reason: string }
  | { kind: "aborted" };

/** Follows no redirect. Never throws, and no reason holds a secret. */
export async function post(what: Post): Promise<Posted> {
  const { url, urlName, publicOnly, stop, timeoutMs } = what;
  const reach = publicOnly ? PUBLIC : ANYWHERE;
  const notPublic = `${urlName} cannot be reached at a public address`;
  if (reach.urlFault(url) !== undefined) return { kind: "unanswered", reason: notPublic };

  const ending = new AbortController();
  const end = () => ending.abort();
  const timer = setTimeout(end, timeoutMs);
  stop.addEventListener("abort", end);
  if (stop.aborted) end();
  try {
    return await answered(what, (address) => reach.addressFault(url, address), ending.signal);
  } catch (error) {
    if (stop.aborted) return { kind: "aborted" };
    if (ending.signal.aborted) return { kind: "unanswered", reason: `no answer within ${timeoutMs / 1000} s` };
    return { kind: "unanswered", reason: error instanceof AddressRefused ? notPublic : networkReason(error, url) };
  } finally {
    clearTimeout(timer);
    stop.removeEventListener("abort", end);
  }
}

async function answered(
  { url, headers, body, http, now, read }: Post,
  addressFault: (address: string) => string | undefined,
  signal: AbortSignal,
): Promise<Posted> {
  const response = await http({ method: "POST", url, headers, body, addressFault, signal });
  const { status, ok } = response;
  const retryAfterMs = ok ? undefined : readRetryAfter(response.headers.get("retry-after"), now);
  return { kind: "answered", status, isTaken: ok, text: await read(response), retryAfterMs };
}

/** Why an answer with this status, which is no 2xx, takes nothing. */
export function refusalReason(status: number): string {
  return status >= 300 && status < 400 ? `HTTP ${status}: redirects are not followed` : `HTTP ${status}`;
}

/** The system's code where there is one. Some runtimes put the whole address into the text, and its query may hold a key. */
function networkReason(error: unknown, url: URL): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (cause instanceof Error && "code" in cause && typeof cause.code === "string") return cause.code;
  return reason(cause).replaceAll(url.href, url.origin);
}
