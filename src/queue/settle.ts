/**
 * Writes down what became of claimed messages: states, recipients, events, limits and totals, a whole group in one batch.
 *
 * Every statement is fenced by the lease's token, so a worker that lost its lease changes nothing, and a batch that is
 * repeated because its answer was lost changes nothing either. The messages come last: their update ends the lease.
 */
import type { InStatement } from "@libsql/client";
import { batch, type Database, json } from "../db/database.ts";
import { COUNTER, countInto } from "./events.ts";
import { grantAt } from "./limits.ts";
import type { Settlement } from "./message.ts";

const HELD = "m.seq = s.value->>0 and m.token = s.value->>1 and m.state = 'sending'";

const INSERT_EVENTS = `
  insert into events (tenant_id, message, type, at, data, report_at)
  select m.tenant_id, m.seq, s.value->>2, :now, s.value->>3, :now from json_each(:events) s join messages m on ${HELD}`;

const UPDATE_RECIPIENTS = `
  update recipients set status = s.value->>3, code = s.value->>4, enhanced_code = s.value->>5, text = s.value->>6
  from json_each(:recipients) s join messages m on ${HELD}
  where recipients.message = m.seq and recipients.position = s.value->>2`;

const INSERT_GRANTS = `
  insert into grants (account_key, at, count)
  select m.account_key, :grantAt, count(*)
  from json_each(:counted) s join messages m on ${HELD} group by m.account_key
  on conflict (account_key, at) do update set count = count + excluded.count`;

const UPDATE_MESSAGES = `
  update messages set state = s.value->>2, token = null,
    wake_at = case s.value->>2
      when 'ready' then messages.expires_at
      when 'scheduled' then min(s.value->>3, messages.expires_at)
      else :now + :retentionMs end,
    deferred_at = case s.value->>2 when 'ready' then messages.deferred_at else s.value->>3 end,
    error = case s.value->>2 when 'ready' then messages.error else s.value->>5 end,
    attempts = s.value->>4,
    outcome_unknown = messages.outcome_unknown or s.value->>6,
    finished_at = case when s.value->>2 in ('sent', 'error') then :now end
  from json_each(:settled) s
  where messages.seq = s.value->>0 and messages.token = s.value->>1 and messages.state = 'sending'
  returning seq`;

const EVENT_COUNTER = { sent: COUNTER.sent, error: COUNTER.error, deferred: COUNTER.deferred };

/** Settles a group; answers the messages whose lease was no longer the caller's, which stay as they are. */
export async function settle(
  db: Database,
  group: readonly Settlement[],
  now: number,
  retentionMs: number,
): Promise<Settlement[]> {
  const events = group.flatMap(({ seq, token, event }) =>
    event === null ? [] : [[seq, token, event.type, json(event.data)]],
  );
  const recipients = group.flatMap(({ seq, token, recipients: changes }) =>
    changes.map((change) => [
      seq,
      token,
      change.position,
      change.status,
      change.code,
      change.enhancedCode,
      change.text,
    ]),
  );
  const counted = group.filter(({ counts }) => counts).map(({ seq, token }) => [seq, token]);
  const settled = group.map((s) => [s.seq, s.token, s.state, s.dueAt, s.attempts, s.error, s.outcomeUnknown ? 1 : 0]);

  const statements: InStatement[] = [];
  if (events.length > 0) statements.push({ sql: INSERT_EVENTS, args: { events: json(events), now } });
  if (recipients.length > 0) statements.push({ sql: UPDATE_RECIPIENTS, args: { recipients: json(recipients) } });
  if (counted.length > 0)
    statements.push({ sql: INSERT_GRANTS, args: { counted: json(counted), grantAt: grantAt(now) } });
  statements.push(...countEvents(group));
  statements.push({ sql: UPDATE_MESSAGES, args: { settled: json(settled), now, retentionMs } });

  const results = await batch(db, statements);
  const done = new Set(results.at(-1)!.rows.map(({ seq }) => Number(seq)));
  return group.filter(({ seq }) => !done.has(seq));
}

const COUNT = countInto(`select m.account_key, m.tenant_id from json_each(:counted) s join messages m on ${HELD}`);

function countEvents(group: readonly Settlement[]): InStatement[] {
  return (["sent", "error", "deferred"] as const).flatMap((type) => {
    const counted = group.filter(({ event }) => event?.type === type).map(({ seq, token }) => [seq, token]);
    if (counted.length === 0) return [];
    return [{ sql: COUNT, args: { counted: json(counted), name: EVENT_COUNTER[type] } }];
  });
}
