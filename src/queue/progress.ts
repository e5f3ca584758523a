/** How far a message has come, in one word: its state, and of one that has left the queue what was heard of it since. */
import { SUPPRESSED } from "../db/suppressions.ts";

/** In SQL as in code, so that what is shown and what is looked for cannot differ. */
export const PROGRESS_WORDS = [
  "queued",
  "scheduled",
  "deferred",
  "sending",
  "sent",
  "delivered",
  "delayed",
  "bounced",
  "complained",
  "suppressed",
  "failed",
  "canceled",
] as const;
export type Progress = (typeof PROGRESS_WORDS)[number];

/** Words of messages that may still move: these are found by the index of what is live. */
export const LIVE_PROGRESS: readonly Progress[] = ["queued", "scheduled", "deferred", "sending"];

const heard = (type: string) => `exists (select 1 from events e where e.message = m.seq and e.type = '${type}')`;

/**
 * SQL, of the row `m` of messages. Of several things that were heard the worst counts, in whatever order they came, since a
 * message may have many recipients. An attempt that was put off has left its error: without one it waits as it was told to.
 */
export const PROGRESS = `case
  when m.state = 'canceled' then 'canceled'
  when m.state = 'sending' then 'sending'
  when m.state = 'scheduled' then iif(m.attempts = 0 and m.error is null, 'scheduled', 'deferred')
  when m.state = 'ready' and m.rate_limited then 'deferred'
  when m.state in ('ready', 'held') then 'queued'
  when ${heard("complaint")} then 'complained'
  when ${heard("bounce")} then 'bounced'
  when m.state = 'error' then iif(m.error = '${SUPPRESSED}', 'suppressed', 'failed')
  when ${heard("delivered")} then 'delivered'
  when ${heard("delayed")} then 'delayed'
  else 'sent' end`;
