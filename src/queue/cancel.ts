/** Takes a message that waits out of the queue, and keeps it: it can be looked at, and sent all the same later (retry.ts). */

import type { Database } from "../db/database.ts";
import { ANY_SENT } from "../db/recipients.ts";
import { moveInBacklog } from "./backlog.ts";
import { closing } from "./giveup.ts";
import { intervene } from "./intervene.ts";

const CANCELABLE = "state in ('scheduled', 'ready', 'held')";

const WORDS = "canceled";

// What some recipients have accepted counts as sent, as wherever the others are given up; and so it is reported.
const CANCEL = `
  update messages set state = case when ${ANY_SENT} then 'sent' else 'canceled' end,
    error = case when ${ANY_SENT} then '${WORDS}' else error end,
    deferred_at = null, finished_at = :now, wake_at = :wakeAt
  where`;

export interface Cancellation {
  seq: number;
  now: number;
  retentionMs: number;
}

/** Undefined where it was done, else why not, in words. */
export async function cancelMessage(
  db: Database,
  { seq, now, retentionMs }: Cancellation,
): Promise<string | undefined> {
  const args = { seq, now, event: "canceled", data: "{}" } as const;
  const standing = await intervene(db, args, CANCELABLE, (where) => [
    ...closing(`${where} and ${ANY_SENT}`, args, WORDS, now),
    { sql: moveInBacklog(where), args },
    { sql: `${CANCEL} ${where}`, args: { ...args, wakeAt: now + retentionMs } },
  ]);
  if (standing === undefined) return "it is gone";
  return standing.done ? undefined : BY_STATE[standing.state];
}

const BY_STATE: Record<string, string> = {
  sent: "it was sent",
  sending: "it is being sent",
  error: "it has failed already",
  canceled: "it was canceled already",
};
