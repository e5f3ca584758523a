/** Sends a message again that has failed, was canceled or waits for its next attempt: at once, and with all its retries. */
import type { Database } from "../db/database.ts";
import { ANY_REFUSED, REOPENED } from "../db/recipients.ts";
import { moveInBacklog } from "./backlog.ts";
import { HAS_ACCOUNT, HAS_CONTENT, intervene, type Standing } from "./intervene.ts";
import { isSuspended } from "./suspend.ts";

// Of a sent one those recipients are left that were refused; whoever has accepted never gets a second copy.
const RETRYABLE = `(state in ('error', 'canceled', 'scheduled') or (state = 'sent' and ${ANY_REFUSED}))
  and ${HAS_CONTENT} and ${HAS_ACCOUNT}`;

const NEXT_STATE = `case when ${isSuspended("messages")} then 'held' else 'ready' end`;

/** One that still waits keeps the moment at which it is given up. */
const EXPIRES_AT = "case when state = 'scheduled' then expires_at else :expiresAt end";

// The token stays: it tells who has settled the message, until the next claim.
const RETRY = `
  update messages set state = ${NEXT_STATE}, recipients = ${REOPENED}, attempts = 0, error = null, rate_limited = 0,
    deferred_at = :now, finished_at = null, expires_at = ${EXPIRES_AT}, wake_at = ${EXPIRES_AT}
  where`;

export interface Retry {
  seq: number;
  now: number;
  /** How long from now until a message is given up that is not waiting any more. */
  expiryMs: number;
}

/** Undefined where it was done, else why not, in words. */
export async function retryMessage(db: Database, { seq, now, expiryMs }: Retry): Promise<string | undefined> {
  const args = { seq, now, event: "retried", data: "{}" } as const;
  const standing = await intervene(db, args, RETRYABLE, (where) => [
    { sql: moveInBacklog(where, NEXT_STATE), args },
    { sql: `${RETRY} ${where}`, args: { ...args, expiresAt: now + expiryMs } },
  ]);
  return standing?.done ? undefined : refusal(standing);
}

const BY_STATE: Record<string, string> = {
  sent: "it was sent, and every recipient has it",
  sending: "it is being sent",
  ready: "it waits already, and goes as soon as its account can send",
  held: "it waits already, and goes as soon as its batch or tenant is activated",
};

function refusal(standing: Standing | undefined): string {
  if (standing === undefined) return "it is gone";
  const { state, rateLimited, hasContent, hasAccount } = standing;
  if (state === "ready" && rateLimited) return "it waits already, for its account's or tenant's rate limit";
  const byState = BY_STATE[state];
  if (byState !== undefined && (state !== "sent" || (hasContent && hasAccount))) return byState;
  if (!hasContent) return "it was refused when it came in, and nothing of it is kept: send it anew";
  return "its account was deleted: send it anew, through another one";
}
