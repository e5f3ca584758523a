/** Takes messages under lease: who may send what now, best priority first, then first in, first out. */
import type { Row } from "@libsql/client";
import { batch, type Database, json, rows } from "../db/database.ts";
import { fencingToken } from "../db/fencing.ts";
import type { StoredRecipient } from "../db/recipients.ts";
import { LIMIT_SLOTS, NEXT_SLOT_AT, SLOTS } from "./limits.ts";
import type { Claimed, Content, Lease, Recipient } from "./message.ts";
import { NEXT_WAKE } from "./schedule.ts";
import { isSuspended } from "./suspend.ts";

/** An account that has something ready. */
export interface Candidate {
  accountKey: number;
  tenantId: string;
  accountId: string;
  /** Changes whenever the account does. */
  revision: number;
  batchSize: number | null;
  maxConnections: number | null;
  limitBehavior: "defer" | "reject";
  /** How many messages may be claimed now. */
  slots: number;
  /** How many its limits alone would allow. */
  limitSlots: number;
  /** When a limit that holds it back has room again (Unix ms). */
  nextSlotAt: number | null;
  pausedUntil: number | null;
  faults: number;
  /** It was deleted while messages of it were in flight; what came back waits for nobody. */
  deleted: 0 | 1;
}

/** SQL: `waiting (key)`, the accounts with something ready; from one to the next in the index, so that those without mail cost nothing. */
export const WAITING_ACCOUNTS = `
  with recursive waiting (key) as (
    select min(account_key) from messages where state = 'ready'
    union all
    select (select min(r.account_key) from messages r where r.state = 'ready' and r.account_key > w.key)
    from waiting w where w.key is not null
  )`;

const CANDIDATES = `
  ${WAITING_ACCOUNTS}
  select a.key as accountKey, a.tenant_id as tenantId, a.id as accountId, a.updated_at as revision, a.batch_size as batchSize,
    a.max_connections as maxConnections, a.limit_behavior as limitBehavior, a.paused_until as pausedUntil, a.faults as faults,
    a.deleted_at is not null as deleted,
    ${SLOTS} as slots, ${LIMIT_SLOTS} as limitSlots, ${NEXT_SLOT_AT} as nextSlotAt
  from accounts a join tenants t on t.id = a.tenant_id
  where t.active and a.key in (select key from waiting)
    and not exists (select 1 from suspensions s where s.tenant_id = a.tenant_id and s.batch_code = '*')`;

export interface View {
  /** When time alone changes a live message next (Unix ms); Infinity if there is none. */
  nextWakeAt: number;
  /** Every account with something ready, and how much of it may go now. */
  candidates: Candidate[];
}

/** What a pass begins with, in one round trip. */
export async function look(db: Database, now: number): Promise<View> {
  const [wake, found] = await db.client.batch([NEXT_WAKE, { sql: CANDIDATES, args: { now } }], "read");
  return {
    nextWakeAt: Number(wake!.rows[0]?.wake_at ?? Number.POSITIVE_INFINITY),
    candidates: found!.rows as unknown[] as Candidate[],
  };
}

// One statement, so that no other process can come between the count and the claim. What stands in line is taken as
// long as what stands before it is within the bytes, so that one message goes in any case.
const CLAIM = `
  update messages set state = 'sending', token = :token, wake_at = :leaseUntil, smtp_at = :now
  where seq in (
    select seq from (
      select seq, sum(size) over (order by priority, seq rows unbounded preceding) - size as before from (
        select r.seq, r.priority, r.size from messages r
        where r.state = 'ready' and r.account_key = :accountKey and r.expires_at > :now and not ${isSuspended("r")}
        order by r.priority, r.seq
        limit (select min(:want, ${SLOTS}) from accounts a join tenants t on t.id = a.tenant_id where a.key = :accountKey)))
    where before < :bytes)
  returning seq, pk, tenant_id, id, priority, attempts, created_at, expires_at, size, recipients,
    (select p.content from payloads p where p.message = messages.seq) as content`;

export interface Wanted {
  accountKey: number;
  want: number;
  /** What their contents may take together (`Claimed.size`). */
  bytes?: number;
}

/** Claims for several accounts in one round trip; limits, pauses and suspensions are checked inside the claim itself. */
export async function claim(db: Database, wanted: readonly Wanted[], now: number, leaseMs: number): Promise<Claimed[]> {
  if (wanted.length === 0) return [];
  const claims = wanted.map(({ accountKey, want, bytes = Number.MAX_SAFE_INTEGER }) => ({
    accountKey,
    want,
    bytes,
    now,
    leaseUntil: now + leaseMs,
    token: fencingToken(),
  }));
  const results = await batch(
    db,
    claims.map((args) => ({ sql: CLAIM, args })),
  );
  // RETURNING answers in no particular order.
  return results.flatMap(({ rows: claimed }, at) =>
    claimed.map((row) => decode(row, claims[at]!)).sort((a, b) => a.priority - b.priority || a.seq - b.seq),
  );
}

function decode(
  row: Row,
  { accountKey, token, leaseUntil }: Pick<Claimed, "accountKey" | "token" | "leaseUntil">,
): Claimed {
  return {
    seq: Number(row.seq),
    token,
    leaseUntil,
    pk: String(row.pk),
    tenantId: String(row.tenant_id),
    id: String(row.id),
    accountKey,
    priority: Number(row.priority),
    attempts: Number(row.attempts),
    createdAt: Number(row.created_at),
    expiresAt: Number(row.expires_at),
    size: Number(row.size),
    content: JSON.parse(String(row.content)) as Content,
    recipients: (JSON.parse(String(row.recipients)) as StoredRecipient[]).map(
      ([kind, address, status = "pending", code = null, enhancedCode = null, text = null]): Recipient => {
        return { kind, address, status, code, enhancedCode, text };
      },
    ),
  };
}

const RENEW = `
  update messages set wake_at = :leaseUntil
  from json_each(:held) h
  where messages.seq = h.value->>0 and messages.token = h.value->>1 and messages.state = 'sending'
  returning seq, token`;

/** Prolongs the leases that are still one's own; answers those that are not any more. */
export async function renew<L extends Lease>(
  db: Database,
  held: readonly L[],
  now: number,
  leaseMs: number,
): Promise<L[]> {
  const pairs = json(held.map(({ seq, token }) => [seq, token]));
  const leaseUntil = now + leaseMs;
  const found = await rows<{ seq: number; token: number }>(db, RENEW, { held: pairs, leaseUntil });
  const tokens = new Map(found.map(({ seq, token }) => [seq, token]));
  const isRenewed = ({ seq, token }: Lease) => tokens.get(seq) === token;
  for (const lease of held) if (isRenewed(lease)) lease.leaseUntil = leaseUntil;
  return held.filter((lease) => !isRenewed(lease));
}
