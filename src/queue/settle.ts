/**
 * Writes down what became of claimed messages: states, recipients, events, limits and totals, a whole group in one batch.
 *
 * The statements that end the leases are fenced by their tokens and come first. Where one of them finds fewer messages
 * than it was given, the whole batch breaks off and is tried again with those that are still held: so a worker that lost
 * its lease changes nothing, and neither does a batch that is repeated because its answer was lost. The two are told
 * apart by the token: a settled message keeps it, until it is claimed or woken again, and so tells who has settled it.
 */
import type { InStatement } from "@libsql/client";
import { batch, type Database, json, rows } from "../db/database.ts";
import type { StoredRecipient } from "../db/recipients.ts";
import { isAway } from "../db/unknown-outcome.ts";
import { moveInBacklog, type Shift, shiftBacklog } from "./backlog.ts";
import { COUNTER } from "./events.ts";
import { grantAt } from "./limits.ts";
import type { Recipient, Settlement } from "./message.ts";
import { rollUpSettled, type Told } from "./rollups.ts";
import { isSuspended } from "./suspend.ts";

const HELD = "messages.seq = s.value->>0 and messages.token = s.value->>1 and messages.state = 'sending'";

const FINISH = `
  update messages set state = s.value->>2, wake_at = :now + :retentionMs, finished_at = :now, deferred_at = null,
    attempts = s.value->>3, error = s.value->>4, outcome_unknown = messages.outcome_unknown or s.value->>5, recipients = s.value->6
  from json_each(:settled) s where ${HELD}`;

/** An attempt that failed for now. */
const PUT_OFF = `
  update messages set state = 'scheduled', wake_at = min(s.value->>6, messages.expires_at), deferred_at = s.value->>6,
    attempts = s.value->>2, error = s.value->>3, outcome_unknown = messages.outcome_unknown or s.value->>4, recipients = s.value->5
  from json_each(:settled) s where ${HELD}`;

const GIVEN_BACK = `case when ${isSuspended("messages")} then 'held' else 'ready' end`;
const GIVING_BACK = "seq in (select value->>0 from json_each(:settled)) and state = 'sending'";

/** As if it had never been claimed. */
const GIVE_BACK = `
  update messages set state = ${GIVEN_BACK}, wake_at = messages.expires_at
  from json_each(:settled) s where ${HELD}`;

/** Breaks the batch off unless the statement before it changed so many rows: what is no JSON is an error. */
const ALL_HELD = "select json(iif(changes() = :count, '0', 'a lease was lost'))";

const INSERT_EVENTS = `
  insert into events (tenant_id, message, type, at, data, report_at)
  select value->>0, value->>1, value->>2, :now, value->3, :now from json_each(:events)`;

const INSERT_GRANTS = `
  insert into grants (account_key, at, count) select value->>1, :grantAt, value->>2 from json_each(:counted) where true
  on conflict (account_key, at) do update set count = count + excluded.count`;

const ADD_TOTALS = `
  insert into counters (name, tenant_id, account_id, value)
  select :name, value->>0, ifnull((select a.id from accounts a where a.key = value->>1), ''), value->>2 from json_each(:counted) where true
  on conflict (name, tenant_id, account_id) do update set value = value + excluded.value`;

/** Those that still bear the token: under lease, or settled with it. */
const OURS = `
  select messages.seq, messages.token, messages.state = 'sending' as held
  from json_each(:leases) s cross join messages on messages.seq = s.value->>0 and messages.token = s.value->>1`;

/** Unless a receipt was heard of already, or that there was none: a message waits once. */
const AWAIT_RECEIPTS = `
  insert into pec_waits (message, due_at) select value->>0, value->>1 from json_each(:awaited) a
  where not exists (select 1 from notices n where n.message = a.value->>0 and n.origin between 'pec_' and 'pec_~')
  on conflict do nothing`;

const EVENT_COUNTER = { sent: COUNTER.sent, error: COUNTER.error, deferred: COUNTER.deferred };

/** Settles a group; answers the messages whose lease was no longer the caller's, which stay as they are. */
export async function settle(
  db: Database,
  group: readonly Settlement[],
  now: number,
  retentionMs: number,
): Promise<Settlement[]> {
  const lost: Settlement[] = [];
  let open = group;
  while (open.length > 0) {
    try {
      await batch(db, statements(open, now, retentionMs));
      break;
    } catch (error) {
      if (isAway(error)) throw error;
      const { held, settled } = await findOurs(db, open);
      if (held.size === open.length) throw error;
      // A lease that was given back is nobody's loss: whether we did or it ended by itself, the message waits its turn.
      const isLost = (one: Settlement) => !held.has(one) && !settled.has(one) && one.state !== "ready";
      lost.push(...open.filter(isLost));
      open = open.filter((one) => held.has(one));
    }
  }
  return lost;
}

/** What of a group is still under its leases, and what was settled with them, by a batch whose answer was lost. */
async function findOurs(
  db: Database,
  group: readonly Settlement[],
): Promise<Record<"held" | "settled", Set<Settlement>>> {
  const leases = json(group.map(({ seq, token }) => [seq, token]));
  const ours = await rows<{ seq: number; token: number; held: 0 | 1 }>(db, OURS, { leases });
  const standing = new Map(ours.map(({ seq, token, held }) => [`${seq} ${token}`, held]));
  const those = (held: 0 | 1) => new Set(group.filter(({ seq, token }) => standing.get(`${seq} ${token}`) === held));
  return { held: those(1), settled: those(0) };
}

function statements(group: readonly Settlement[], now: number, retentionMs: number): InStatement[] {
  const list: InStatement[] = [];
  const end = (sql: string, settled: unknown[][], args: Record<string, number> = {}) => {
    if (settled.length === 0) return;
    list.push({ sql, args: { ...args, settled: json(settled) } }, { sql: ALL_HELD, args: { count: settled.length } });
  };
  end(FINISH, group.filter(isFinal).map(finishedRow), {
    now,
    retentionMs,
  });
  end(PUT_OFF, group.filter(({ state }) => state === "scheduled").map(putOffRow));
  const back = group.filter(({ state }) => state === "ready").map(({ seq, token }) => [seq, token]);
  if (back.length > 0) list.push({ sql: moveInBacklog(GIVING_BACK, GIVEN_BACK), args: { settled: json(back) } });
  end(GIVE_BACK, back);

  const told = group.filter(({ event }) => event !== null);
  const events = told.map(eventRow);
  if (events.length > 0) list.push({ sql: INSERT_EVENTS, args: { events: json(events), now } });
  const awaited = group.flatMap(({ seq, receiptDueAt }) => (receiptDueAt === undefined ? [] : [[seq, receiptDueAt]]));
  if (awaited.length > 0) list.push({ sql: AWAIT_RECEIPTS, args: { awaited: json(awaited) } });
  const finished = tally(group.filter(isFinal)).map(([tenantId, , count]): Shift => [tenantId, "active", -count]);
  const delayed = tally(group.filter(({ state }) => state === "scheduled"));
  const shifts = [
    ...finished,
    ...delayed.flatMap(([tenantId, , count]): Shift[] => [
      [tenantId, "active", -count],
      [tenantId, "scheduled", count],
    ]),
  ];
  if (shifts.length > 0) list.push(shiftBacklog(shifts));
  const counted = tally(group.filter(({ counts }) => counts));
  if (counted.length > 0) list.push({ sql: INSERT_GRANTS, args: { counted: json(counted), grantAt: grantAt(now) } });
  for (const type of ["sent", "error", "deferred"] as const) {
    const totals = tally(told.filter(({ event }) => event?.type === type));
    if (totals.length > 0) list.push({ sql: ADD_TOTALS, args: { counted: json(totals), name: EVENT_COUNTER[type] } });
  }
  if (told.length > 0) list.push(rollUpSettled(told.flatMap(happened), now));
  return list;
}

/** How many there are of each account. */
function tally(group: readonly Settlement[]): [tenantId: string, accountKey: number, count: number][] {
  const counts = new Map<number, [string, number, number]>();
  for (const { tenantId, accountKey } of group)
    counts.set(accountKey, [tenantId, accountKey, (counts.get(accountKey)?.[2] ?? 0) + 1]);
  return [...counts.values()];
}

function eventRow({ tenantId, seq, event, recipients }: Settlement): unknown[] {
  return [tenantId, seq, event?.type, { ...event?.data, recipients: stored(recipients) }];
}

function happened({ tenantId, accountKey, event, waitMs }: Settlement): Told[] {
  if (event === null) return [];
  return [{ tenantId, accountKey, happening: event.type === "error" ? "failed" : event.type, waitMs }];
}

function isFinal({ state }: Settlement): boolean {
  return state === "sent" || state === "error";
}

function finishedRow(s: Settlement): unknown[] {
  return [s.seq, s.token, s.state, s.attempts, s.error, s.outcomeUnknown ? 1 : 0, stored(s.recipients)];
}

function putOffRow(s: Settlement): unknown[] {
  return [s.seq, s.token, s.attempts, s.error, s.outcomeUnknown ? 1 : 0, stored(s.recipients), s.dueAt];
}

function stored(recipients: readonly Recipient[]): StoredRecipient[] {
  return recipients.map(({ kind, address, status, code, enhancedCode, text }) =>
    status === "pending" && text === null ? [kind, address] : [kind, address, status, code, enhancedCode, text],
  );
}
