/**
 * By what messages were admitted, checked in the very transaction that stores them: a statement that breaks it off where
 * that is no longer so.
 */
import type { InStatement } from "@libsql/client";
import { json } from "../db/database.ts";

/** Nothing was queued, since what the messages were admitted by has changed. */
export const DIRECTORY_CHANGED = "directory_changed";

/** A statement that breaks off where the condition does not hold: what is no JSON is an error. */
export const unless = (condition: string) => `select json(iif(${condition}, '0', 'changed'))`;

const SAME_REVISION = unless("(select revision from directory) = :revision");

const SAME_ROWS = unless(`
  (select count(*) from json_each(:accounts) l cross join accounts a on a.key = l.value->>0 join tenants t on t.id = a.tenant_id
    where a.deleted_at is null and t.active and a.from_address is l.value->>1 and a.priority is l.value->>2
      and a.allowed_senders is l.value->>3 and t.allowed_senders is l.value->>4) = :count
  and (:keyHash is null or exists (select 1 from tenants t where t.id = :tenantId and t.active and t.api_key_hash = :keyHash
    and (t.api_key_expires_at is null or t.api_key_expires_at > :now)))`);

export interface Guard {
  /** Each breaks the batch off where it does not hold; safe to repeat. */
  checks: readonly InStatement[];
  /** Of messages whose guard is their own only their own sender can keep them out: where a group breaks off, they go alone. */
  isOwn: boolean;
  /** What is written with the messages as they are inserted; safe to repeat. */
  alongside?: readonly InStatement[];
}

/** Nothing at all has changed of tenants, keys, accounts and the default priority: cheap, and mostly so. */
export function sameRevision(revision: number): Guard {
  return { checks: [{ sql: SAME_REVISION, args: { revision } }], isOwn: false };
}

/** An account as the messages were built by it. */
export interface LeanedOn {
  key: number;
  fromAddress: string | null;
  priority: number | null;
  allowedSenders: readonly string[] | null;
  /** Its tenant's. */
  tenantSenders: readonly string[] | null;
}

/** These accounts are as they were, and the key that presented itself still opens its tenant; whatever changes elsewhere. */
export function sameRows(
  accounts: readonly LeanedOn[],
  key: { tenantId: string; hash: string } | undefined,
  now: number,
): Guard {
  const args = {
    accounts: json(accounts.map(leanedOn)),
    count: accounts.length,
    tenantId: key?.tenantId ?? null,
    keyHash: key?.hash ?? null,
    now,
  };
  return { checks: [{ sql: SAME_ROWS, args }], isOwn: true };
}

/** Lists as the column has them, which are compared as the texts that they are. */
function leanedOn({ key, fromAddress, priority, allowedSenders, tenantSenders }: LeanedOn) {
  return [key, fromAddress, priority, allowedSenders && json(allowedSenders), tenantSenders && json(tenantSenders)];
}
