/** New content for messages that wait under the same id: the id is the application's idempotency key. */
import type { InStatement, Row } from "@libsql/client";
import { batch, type Database, json } from "../db/database.ts";
import { fencingToken } from "../db/fencing.ts";
import { ANY_SENT } from "../db/recipients.ts";
import { isUnknown } from "../db/unknown-outcome.ts";
import { addToBacklog, kindOf } from "./backlog.ts";
import type { NewMessage, Refusal } from "./message.ts";
import { replaceMessageIds } from "./message-ids.ts";
import { encode, FIRST_DEFERRED, FIRST_STATE, FIRST_WAKE, MESSAGE_ROWS } from "./rows.ts";

// A message that some recipients have accepted already is on its way: its content can no longer change.
const REPLACEABLE = `messages.tenant_id = r.tenant_id and messages.id = r.id
  and messages.state in ('scheduled', 'ready', 'held', 'error', 'canceled') and not ${ANY_SENT}`;

const REPLACE_MESSAGES = `
  update messages set account_key = r.account_key, priority = r.priority, batch_code = r.batch_code, size = r.size, recipients = r.recipients, request_id = r.request_id,
    state = ${FIRST_STATE}, wake_at = ${FIRST_WAKE}, expires_at = r.expires_at, deferred_at = ${FIRST_DEFERRED},
    token = :token, attempts = 0, error = null, outcome_unknown = 0, rate_limited = 0, created_at = :now,
    smtp_at = null, finished_at = null
  from (${MESSAGE_ROWS}) r where ${REPLACEABLE}`;

const MOVE = addToBacklog(
  [`${kindOf("messages.state")} as kind, -1 as count`, `${kindOf(`(${FIRST_STATE})`)} as kind, 1 as count`]
    .map(
      (change) => `select messages.tenant_id, ${change} from (${MESSAGE_ROWS}) r cross join messages on ${REPLACEABLE}`,
    )
    .join(" union all "),
);

/** The rows that this call has just replaced, and no others. */
const REPLACED = "m.tenant_id = r.tenant_id and m.id = r.id and m.token = :token";

const REPLACE_PAYLOADS = `
  insert into payloads (message, subject, content)
  select m.seq, p.value->>1, p.value->2
  from json_each(:payloads) p, (${MESSAGE_ROWS}) r, messages m where p.value->>0 = r.pk and ${REPLACED}
  on conflict (message) do update set subject = excluded.subject, content = excluded.content`;

/** What belongs to the content that went: its Message-ID, and what was heard of it, which keeps no news of its successor out. */
const FORGET = ["message_ids", "notices", "pec_waits"].map(
  (table) => `
  delete from ${table} where message in (select m.seq from (${MESSAGE_ROWS}) r cross join messages m on ${REPLACED})`,
);

// Ours by its token. A claim gives it another; where the first look came late, its moment (`:since`) tells that we were there.
const OUTCOME = `
  select r.pk, m.pk = r.pk as same, m.state, m.token = :token or (m.created_at = :since and m.pk not in (select value from json_each(:fresh))) as replaced
  from (${MESSAGE_ROWS}) r left join messages m on m.tenant_id = r.tenant_id and m.id = r.id`;

export interface Circumstances {
  now: number;
  /** Statements that break the batch off where what the messages were admitted by has changed. */
  guards: readonly InStatement[];
  /** Pks of what was inserted with them a moment ago, and is not replaced by having that moment. */
  fresh: readonly unknown[];
}

/** Answers, by the pk of the newcomer, why it could not replace what stands there; one that did is not in the map. */
export async function replace(
  db: Database,
  group: readonly NewMessage[],
  { now, guards, fresh }: Circumstances,
): Promise<Map<string, Refusal>> {
  // Of two newcomers under one id the later wins, as it would in two requests.
  const last = [...new Map(group.map((message) => [`${message.tenantId}\0${message.id}`, message])).values()];
  const { messages, payloads } = encode(last);
  const token = fencingToken();
  const statements = [
    ...guards,
    { sql: MOVE, args: { messages, now } },
    { sql: REPLACE_MESSAGES, args: { messages, now, token } },
    { sql: REPLACE_PAYLOADS, args: { messages, token, payloads } },
    ...FORGET.map((sql) => ({ sql, args: { messages, token } })),
    ...replaceMessageIds(last, token),
  ];
  const outcome = (since: number | null) => ({ sql: OUTCOME, args: { messages, token, since, fresh: json(fresh) } });
  const found = await replaceOnce(db, statements, outcome, now);
  const refusals = new Map<string, Refusal>();
  for (const { pk, same, state, replaced } of found) {
    if (replaced === 1 || same === 1) continue;
    refusals.set(String(pk), state === "sent" ? "already sent" : "being sent");
  }
  return refusals;
}

/** Where the outcome is unknown: looks, and replaces again if nothing of it is there. To do so twice changes nothing more. */
async function replaceOnce(
  db: Database,
  statements: InStatement[],
  outcome: (since: number | null) => InStatement,
  now: number,
): Promise<Row[]> {
  try {
    const results = await batch(db, [...statements, outcome(null)]);
    return results.at(-1)!.rows;
  } catch (error) {
    if (!isUnknown(error)) throw error;
  }
  const { rows } = await db.client.execute(outcome(now));
  if (rows.some(({ replaced }) => replaced === 1)) return rows;
  const results = await batch(db, [...statements, outcome(now)]);
  return results.at(-1)!.rows;
}
