/**
 * Keys by which a request of the email API is known when it comes again: taken in the very transaction that stores its
 * messages, so that nobody takes a key and dies before the work is done, and of two at once only one stores anything.
 */
import type { InStatement } from "@libsql/client";
import { type Database, json, rows } from "../db/database.ts";
import { type Guard, unless } from "./admitted.ts";

/** A key of a tenant's, and what is asked under it. */
export interface RequestKey {
  tenantId: string;
  key: string;
  /** Of the request that takes it: its own repetition, whose first answer was lost, finds the key its own. */
  token: number;
  /** SHA-256, in hexadecimal. */
  payloadHash: string;
  /** Unix milliseconds. */
  expiresAt: number;
}

/** What came of the request that took a key. */
export interface Remembered {
  token: number;
  payloadHash: string;
  answer: Record<string, unknown>;
}

const FREE = unless(`not exists (
  select 1 from idempotency_keys where tenant_id = :tenantId and key = :key and token <> :token and expires_at > :now)`);

/** What is in the way is over, or our own. */
const TAKE = `
  insert into idempotency_keys (tenant_id, key, token, payload_hash, answer, expires_at)
  values (:tenantId, :key, :token, :payloadHash, :answer, :expiresAt)
  on conflict (tenant_id, key) do update set
    token = excluded.token, payload_hash = excluded.payload_hash, answer = excluded.answer, expires_at = excluded.expires_at`;

const FIND = `
  select token, payload_hash as payloadHash, answer from idempotency_keys
  where tenant_id = :tenantId and key = :key and expires_at > :now`;

/** What was admitted by `guard` is stored only while nobody else has the key, and takes it. */
export function withKey(guard: Guard, wanted: RequestKey, answer: Record<string, unknown>, now: number): Guard {
  const { tenantId, key, token, payloadHash, expiresAt } = wanted;
  const check: InStatement = { sql: FREE, args: { tenantId, key, token, now } };
  const take: InStatement = {
    sql: TAKE,
    args: { tenantId, key, token, payloadHash, answer: json(answer), expiresAt },
  };
  return {
    checks: [...guard.checks, check],
    isOwn: true,
    alongside: [...(guard.alongside ?? []), take],
  };
}

/** Undefined where nobody has the key, or no longer. */
export async function findByKey(
  db: Database,
  { tenantId, key }: Pick<RequestKey, "tenantId" | "key">,
  now: number,
): Promise<Remembered | undefined> {
  const [found] = await rows<Omit<Remembered, "answer"> & { answer: string }>(db, FIND, { tenantId, key, now });
  return found && { ...found, answer: JSON.parse(found.answer) as Remembered["answer"] };
}
