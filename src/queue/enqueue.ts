/**
 * Takes messages into the queue, all of a group in one transaction.
 *
 * 1. Insert what is new: one statement each for messages, recipients and payloads.
 * 2. What was there already, by the application's own id, is replaced (replace.ts) unless it is sent or being sent.
 */
import { batch, type Database, json } from "../db/database.ts";
import type { NewMessage, Refusal } from "./message.ts";
import { replace } from "./replace.ts";
import { encode, FIRST_DEFERRED, FIRST_STATE, FIRST_WAKE, MESSAGE_ROWS } from "./rows.ts";

/** One entry a message, in order: undefined where it was queued, else why it was not. */
export type EnqueueResult = (Refusal | undefined)[];

const INSERT_MESSAGES = `
  insert into messages (pk, tenant_id, id, account_key, priority, state, wake_at, expires_at, batch_code, deferred_at, size, created_at)
  select r.pk, r.tenant_id, r.id, r.account_key, r.priority, ${FIRST_STATE}, ${FIRST_WAKE}, r.expires_at, r.batch_code,
    ${FIRST_DEFERRED}, r.size, :now
  from (${MESSAGE_ROWS}) r where true
  on conflict do nothing
  returning pk`;

// The join on pk leaves out whatever conflicted: an older row under the same id has another pk.
const INSERT_RECIPIENTS = `
  insert into recipients (message, position, kind, address)
  select m.seq, r.value->>1, r.value->>2, r.value->>3
  from json_each(:recipients) r join messages m on m.pk = r.value->>0 where true
  on conflict do nothing`;

const INSERT_PAYLOADS = `
  insert into payloads (message, subject, content)
  select m.seq, p.value->>1, p.value->>2
  from json_each(:payloads) p join messages m on m.pk = p.value->>0 where true
  on conflict do nothing`;

/** Commits a group of messages; safe to repeat when its answer was lost. */
export async function enqueue(db: Database, group: readonly NewMessage[], now: number): Promise<EnqueueResult> {
  const { messages, recipients, payloads } = encode(group);
  const [inserted] = await batch(db, [
    { sql: INSERT_MESSAGES, args: { messages: json(messages), now } },
    { sql: INSERT_RECIPIENTS, args: { recipients: json(recipients) } },
    { sql: INSERT_PAYLOADS, args: { payloads: json(payloads) } },
  ]);
  if (inserted!.rows.length === group.length) return group.map(() => undefined);
  const fresh = new Set(inserted!.rows.map((row) => row.pk));
  const conflicting = group.filter(({ pk }) => !fresh.has(pk));
  const refusals = await replace(db, conflicting, now);
  return group.map(({ pk }) => refusals.get(pk));
}
