/** One call that carries a delivery to a webhook's endpoint: signed, and whatever comes of it is an outcome. */
import type { HttpClient } from "../../ports.ts";
import type { Vault } from "../../security/vault.ts";
import { urlIn } from "../../url.ts";
import { post, refusalReason } from "../post.ts";
import { signatureHeaders } from "../signature.ts";
import type { WebhookEndpoint } from "./claim.ts";

export const CALL_TIMEOUT_MS = 15_000;
/** Of what a tenant's endpoint answers, so much is kept for it to see. */
const KEPT_BYTES = 1024;
/** RFC 9110 15.5.11: the endpoint wants no more of it. */
const GONE = 410;

export interface Call {
  /** `webhook-id`. */
  id: string;
  body: string;
  now: number;
  /** Aborted when the process stops and does not wait any longer. */
  stop: AbortSignal;
  http: HttpClient;
  timeoutMs?: number | undefined;
}

export type Outcome =
  | { kind: "taken"; status: number; answer: string | undefined }
  | {
      kind: "refused";
      /** Undefined where nothing was answered. */
      status?: number;
      answer?: string | undefined;
      /** In words, without a secret. */
      reason: string;
      retryAfterMs?: number | undefined;
      isGone: boolean;
    }
  | { kind: "aborted" };

/** Calls once. Never throws. */
export async function call(
  { url, secrets, publicOnly }: WebhookEndpoint,
  vault: Vault,
  { id, body, now, stop, http, timeoutMs = CALL_TIMEOUT_MS }: Call,
): Promise<Outcome> {
  const refused = (reason: string): Outcome => ({ kind: "refused", reason, isGone: false });
  if (urlIn(url) === undefined) return refused("the URL is none");
  const signature = await signatureHeaders(vault, secrets, { id, body, now });
  if (signature === undefined) return refused("the signing secret cannot be used: rotate it");
  const posted = await post({
    ...{ body, publicOnly, now, stop, http, timeoutMs },
    url: new URL(url),
    urlName: "the URL",
    headers: new Headers({ "content-type": "application/json", "user-agent": "mail-proxy", ...signature }),
    read: publicOnly ? readBeginning : dismiss,
  });
  if (posted.kind === "aborted") return posted;
  if (posted.kind === "unanswered") return refused(posted.reason);
  const { status, isTaken, text: answer, retryAfterMs } = posted;
  if (isTaken) return { kind: "taken", status, answer };
  return { kind: "refused", status, answer, reason: refusalReason(status), retryAfterMs, isGone: status === GONE };
}

/** The body is nobody's to see: what an operator's own endpoint answers may be private. */
async function dismiss(response: Response): Promise<undefined> {
  await response.body?.cancel();
}

/** The status has said what counts: a body that breaks off, or is late, is kept as far as it came. */
async function readBeginning(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  const reader = response.body?.getReader();
  let text = "";
  let left = KEPT_BYTES;
  while (reader !== undefined && left > 0) {
    const { done, value } = await reader.read().catch(() => ({ done: true, value: undefined }) as const);
    if (done) break;
    text += decoder.decode(value.subarray(0, left), { stream: true }); // a character that is cut in two is left out
    left -= value.byteLength;
  }
  await reader?.cancel().catch(() => undefined); // it broke off before
  return text.replaceAll("\0", "\ufffd"); // SQLite's text ends at a NUL
}
