/** Takes messages under lease: best priority first, then first in, first out. */
import type { InStatement, ResultSet, Row } from "@libsql/client";
import { batch, type Database, json, rows } from "../db/database.ts";
import { fencingToken } from "../db/fencing.ts";
import type { StoredRecipient } from "../db/recipients.ts";
import { isUnknown } from "../db/unknown-outcome.ts";
import { SLOTS } from "./limits.ts";
import type { Claimed, Content, Lease, Recipient } from "./message.ts";
import { closeSuppressed, SUPPRESSED_POSITIONS, type Taken } from "./suppressed.ts";
import { isSuspended } from "./suspend.ts";
import { DUE_AT } from "./waiting.ts";

/** SQL, of the row `messages`: what a delivery needs. */
const CLAIMED = `seq, pk, tenant_id, id, request_id, priority, attempts, created_at, expires_at, size, recipients,
    ${DUE_AT("messages")} as due_at,
    ${SUPPRESSED_POSITIONS} as suppressed,
    (select p.content from payloads p where p.message = messages.seq) as content`;

/** SQL, of the row `r` of `messages`. */
const CLAIMABLE = `r.state = 'ready' and r.expires_at > :now and not ${isSuspended("r")}`;

// One statement, so that no other process can come between the count and the claim. What stands in line is taken as
// long as what stands before it is within the bytes, so that one message goes in any case.
const CLAIM = `
  update messages set state = 'sending', token = :token, wake_at = :leaseUntil, smtp_at = :now
  where seq in (
    select seq from (
      select seq, sum(size) over (order by priority, seq rows unbounded preceding) - size as before from (
        select r.seq, r.priority, r.size from messages r
        where r.account_key = :accountKey and ${CLAIMABLE}
        order by r.priority, r.seq
        limit (select min(:want, ${SLOTS}) from accounts a join tenants t on t.id = a.tenant_id where a.key = :accountKey)))
    where before < :bytes)
  returning ${CLAIMED}`;

/** Of these accounts, those that have more. */
const LEFT = `
  select w.value as account_key from json_each(:accountKeys) w
  where exists (select 1 from messages r where r.account_key = w.value and ${CLAIMABLE})`;

/** What a claim took whose answer was lost: its token is on it, and nobody else's. */
const TAKEN = `
  select ${CLAIMED} from messages where state = 'sending' and account_key = :accountKey and token = :token`;

export interface Wanted {
  accountKey: number;
  want: number;
  /** What their contents may take together (`Claimed.size`). */
  bytes?: number;
}

export interface Claim {
  claimed: Claimed[];
  /** Keys of the accounts that have more than was claimed for them, so that nobody has to look for it. */
  left: Set<number>;
}

/** Claims for several accounts in one round trip; limits, pauses and suspensions are checked inside the claim itself. */
export async function claim(db: Database, wanted: readonly Wanted[], now: number, leaseMs: number): Promise<Claim> {
  if (wanted.length === 0) return { claimed: [], left: new Set() };
  const claims = wanted.map(({ accountKey, want, bytes = Number.MAX_SAFE_INTEGER }) => ({
    accountKey,
    want,
    bytes,
    now,
    leaseUntil: now + leaseMs,
    token: fencingToken(),
  }));
  const left = { sql: LEFT, args: { now, accountKeys: json(wanted.map(({ accountKey }) => accountKey)) } };
  const results = await takeOrFind(db, claims, left);
  const remaining = results.pop()!.rows.map(({ account_key }) => Number(account_key));
  // RETURNING answers in no particular order.
  const taken = results.flatMap(({ rows: found }, at) =>
    found.map((row) => ({ claimed: decode(row, claims[at]!), suppressed: row.suppressed })).sort(inLine),
  );
  await closeSuppressed(db, taken, now);
  return { claimed: taken.map(({ claimed }) => claimed), left: new Set(remaining) };
}

/** After an unknown outcome, what was taken is found by its tokens; what is taken later still waits for its lease to end. */
async function takeOrFind(
  db: Database,
  claims: Record<"accountKey" | "token" | "now", number>[],
  left: InStatement,
): Promise<ResultSet[]> {
  try {
    return await batch(db, [...claims.map((args) => ({ sql: CLAIM, args })), left]);
  } catch (error) {
    if (!isUnknown(error)) throw error;
    const taken = claims.map(({ accountKey, token, now }) => ({ sql: TAKEN, args: { accountKey, token, now } }));
    const results = await db.client.batch([...taken, left], "read");
    if (results.slice(0, -1).every(({ rows: found }) => found.length === 0)) throw error;
    return results;
  }
}

function inLine({ claimed: a }: Taken, { claimed: b }: Taken): number {
  return a.priority - b.priority || a.seq - b.seq;
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
    requestId: row.request_id === null ? null : String(row.request_id),
    accountKey,
    priority: Number(row.priority),
    attempts: Number(row.attempts),
    createdAt: Number(row.created_at),
    dueAt: row.due_at === null ? null : Number(row.due_at),
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
