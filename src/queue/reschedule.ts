/** Gives a message that waits another moment to go at: later, earlier, or now. */
import { type Database, json } from "../db/database.ts";
import { moveInBacklog } from "./backlog.ts";
import { intervene } from "./intervene.ts";
import { isSuspended } from "./suspend.ts";

const WAITING = "state in ('scheduled', 'ready', 'held')";

const NEXT_STATE = `case when :dueAt > :now then 'scheduled' when ${isSuspended("messages")} then 'held' else 'ready' end`;

/** Between the moment at which a message was admitted, from which its end is counted, and the one at which it was stored. */
const ADMISSION_MS = 60_000;

// An end that was counted from the moment at which it was due moves along; one that its application has named stays,
// unless that would be over before the message goes.
const EXPIRES_AT = `case
  when expires_at - :expiryMs = deferred_at or expires_at - :expiryMs between created_at - ${ADMISSION_MS} and created_at
    or expires_at <= max(:dueAt, :now) then max(:dueAt, :now) + :expiryMs
  else expires_at end`;

// The attempts stay: whoever moves a message that was put off does not give it its retries anew.
const RESCHEDULE = `
  update messages set state = ${NEXT_STATE}, expires_at = ${EXPIRES_AT}, rate_limited = 0,
    deferred_at = max(:dueAt, :now), wake_at = iif(:dueAt > :now, min(:dueAt, ${EXPIRES_AT}), ${EXPIRES_AT})
  where`;

export interface Rescheduling {
  seq: number;
  /** Not before; in the past or now: at once. */
  dueAt: number;
  now: number;
  /** How long after it was due a message is given up that names no end of its own. */
  expiryMs: number;
}

/** Undefined where it was done, else why not, in words. */
export async function rescheduleMessage(
  db: Database,
  { seq, dueAt, now, expiryMs }: Rescheduling,
): Promise<string | undefined> {
  const data = json({ deferred_ts: Math.floor(dueAt / 1000) });
  const args = { seq, now, event: "rescheduled", data } as const;
  const standing = await intervene(db, args, WAITING, (where) => [
    { sql: moveInBacklog(where, NEXT_STATE), args: { ...args, dueAt } },
    { sql: `${RESCHEDULE} ${where}`, args: { ...args, dueAt, expiryMs } },
  ]);
  if (standing === undefined) return "it is gone";
  return standing.done ? undefined : BY_STATE[standing.state];
}

const BY_STATE: Record<string, string> = {
  sent: "it was sent",
  sending: "it is being sent",
  error: "it has failed",
  canceled: "it was canceled",
};
