/** Takes messages under lease: who may send what now, best priority first, then first in, first out. */
import type { Row } from "@libsql/client";
import { batch, type Database, json, rows } from "../db/database.ts";
import { fencingToken } from "../db/fencing.ts";
import { LIMIT_SLOTS, NEXT_SLOT_AT, SLOTS } from "./limits.ts";
import type { Claimed, Content, Recipient } from "./message.ts";
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

const CANDIDATES = `
  select a.key as accountKey, a.tenant_id as tenantId, a.id as accountId, a.updated_at as revision, a.batch_size as batchSize,
    a.max_connections as maxConnections, a.limit_behavior as limitBehavior, a.paused_until as pausedUntil, a.faults as faults,
    a.deleted_at is not null as deleted,
    ${SLOTS} as slots, ${LIMIT_SLOTS} as limitSlots, ${NEXT_SLOT_AT} as nextSlotAt
  from accounts a join tenants t on t.id = a.tenant_id
  where t.active and exists (select 1 from messages r where r.state = 'ready' and r.account_key = a.key)`;

/** Every account with something ready, and how much of it may go now. */
export function candidates(db: Database, now: number): Promise<Candidate[]> {
  return rows<Candidate>(db, CANDIDATES, { now });
}

// One statement, so that no other process can come between the count and the claim.
const CLAIM = `
  update messages set state = 'sending', token = :token, wake_at = :leaseUntil, smtp_at = :now
  where seq in (
    select r.seq from messages r
    where r.state = 'ready' and r.account_key = :accountKey and r.expires_at > :now and not ${isSuspended("r")}
    order by r.priority, r.seq
    limit (select min(:want, ${SLOTS}) from accounts a join tenants t on t.id = a.tenant_id where a.key = :accountKey))
  returning seq, token, pk, tenant_id, id, account_key, priority, attempts, created_at, expires_at,
    (select p.content from payloads p where p.message = messages.seq) as content,
    (select json_group_array(json_array(p.position, p.address, p.status, p.code, p.enhanced_code, p.text))
      from recipients p where p.message = messages.seq) as recipients`;

export interface Wanted {
  accountKey: number;
  want: number;
}

/** Claims for several accounts in one round trip; limits, pauses and suspensions are checked inside the claim itself. */
export async function claim(db: Database, wanted: readonly Wanted[], now: number, leaseMs: number): Promise<Claimed[]> {
  if (wanted.length === 0) return [];
  const results = await batch(
    db,
    wanted.map(({ accountKey, want }) => ({
      sql: CLAIM,
      args: { accountKey, want, now, leaseUntil: now + leaseMs, token: fencingToken() },
    })),
  );
  // RETURNING answers in no particular order.
  return results.flatMap(({ rows: claimed }) =>
    claimed.map((row) => decode(row, now + leaseMs)).sort((a, b) => a.priority - b.priority || a.seq - b.seq),
  );
}

type EncodedRecipient = [number, string, Recipient["status"], number | null, string | null, string | null];

function decode(row: Row, leaseUntil: number): Claimed {
  const recipients = JSON.parse(String(row.recipients)) as EncodedRecipient[];
  return {
    seq: Number(row.seq),
    token: Number(row.token),
    leaseUntil,
    pk: String(row.pk),
    tenantId: String(row.tenant_id),
    id: String(row.id),
    accountKey: Number(row.account_key),
    priority: Number(row.priority),
    attempts: Number(row.attempts),
    createdAt: Number(row.created_at),
    expiresAt: Number(row.expires_at),
    content: JSON.parse(String(row.content)) as Content,
    recipients: recipients
      .map(([position, address, status, code, enhancedCode, text]) => ({
        position,
        address,
        status,
        code,
        enhancedCode,
        text,
      }))
      .sort((a, b) => a.position - b.position),
  };
}

const RENEW = `
  update messages set wake_at = :leaseUntil
  from json_each(:held) h
  where messages.seq = h.value->>0 and messages.token = h.value->>1 and messages.state = 'sending'
  returning seq`;

/** Prolongs the leases that are still one's own; answers those that are not any more. */
export async function renew(db: Database, held: readonly Claimed[], now: number, leaseMs: number): Promise<Claimed[]> {
  const pairs = json(held.map(({ seq, token }) => [seq, token]));
  const leaseUntil = now + leaseMs;
  const renewed = new Set((await rows<{ seq: number }>(db, RENEW, { held: pairs, leaseUntil })).map(({ seq }) => seq));
  for (const claimed of held) if (renewed.has(claimed.seq)) claimed.leaseUntil = leaseUntil;
  return held.filter(({ seq }) => !renewed.has(seq));
}
