/** Changes the suppression list of a tenant: puts addresses on it, and takes them off. */
import { comparableOrNothing, listed } from "../addresses/comparable.ts";
import { batch, type Database, json, rows } from "../db/database.ts";
import type { SuppressionSource } from "../db/suppressions.ts";
import { againIfUnknown } from "../db/unknown-outcome.ts";

/** Rows of one statement: no claim waits long for it. */
const SLICE = 1_000;

export interface NewSuppression {
  address: string;
  source: SuppressionSource;
  reason: string | null;
  /** Unix milliseconds; null: it stays. */
  expiresAt: number | null;
}

const EXPIRED = `
  delete from suppressions where tenant_id = :tenantId and expires_at <= :now
    and address in (select value->>0 from json_each(:entries))`;

const KNOWN = `
  select count(*) as n from suppressions
  where tenant_id = :tenantId and address in (select value->>0 from json_each(:entries))`;

// The message that brought somebody here is told as long as it is still the reason.
const ADD = `
  insert into suppressions (tenant_id, address, spelled, source, reason, created_at, expires_at)
  select :tenantId, value->>0, value->>1, value->>2, value->>3, :now, value->>4 from json_each(:entries)
  where exists (select 1 from tenants t where t.id = :tenantId) order by key
  on conflict (tenant_id, address) do update set spelled = excluded.spelled, source = excluded.source,
    reason = excluded.reason, expires_at = excluded.expires_at,
    pk = case when suppressions.source = excluded.source then suppressions.pk end`;

/** Puts addresses on the list, or changes what stands there of them; of one that is named twice the last word counts. */
export async function addSuppressions(
  db: Database,
  tenantId: string,
  entries: readonly NewSuppression[],
  now: number,
): Promise<{ added: number; updated: number }> {
  const each = new Map(entries.map((entry) => [listed(entry.address).address, entry]));
  let updated = 0;
  for (const slice of slices([...each.values()])) {
    const about = { tenantId, entries: json(slice.map(entryRow)) };
    const statements = [
      { sql: EXPIRED, args: { ...about, now } },
      { sql: KNOWN, args: about }, // a libSQL server refuses a value that no name takes
      { sql: ADD, args: { ...about, now } },
    ];
    const results = await againIfUnknown(() => batch(db, statements));
    updated += Number(results[1]!.rows[0]!.n);
  }
  return { added: each.size - updated, updated };
}

function entryRow({ address: given, source, reason, expiresAt }: NewSuppression): unknown[] {
  const { address, spelled } = listed(given);
  return [address, spelled, source, reason, expiresAt];
}

const REMOVE = `
  delete from suppressions where tenant_id = :tenantId and address in (select value from json_each(:addresses))
  returning address, expires_at`;

/** Takes addresses off the list, in whatever spelling; answers how many were there, and those that were not. */
export async function removeSuppressions(
  db: Database,
  tenantId: string,
  addresses: readonly string[],
  now: number,
): Promise<{ removed: number; notFound: string[] }> {
  const named = new Map(addresses.map((address) => [address, comparableOrNothing(address)]));
  const gone = new Set<string>();
  for (const slice of slices([...new Set(named.values())])) {
    const args = { tenantId, addresses: json(slice) };
    const found = await rows<{ address: string; expires_at: number | null }>(db, REMOVE, args);
    for (const { address, expires_at } of found) if (expires_at === null || expires_at > now) gone.add(address);
  }
  const notFound = [...named].filter(([, address]) => address === undefined || !gone.has(address));
  return { removed: gone.size, notFound: notFound.map(([address]) => address) };
}

function* slices<T>(all: readonly T[]): Generator<T[]> {
  for (let at = 0; at < all.length; at += SLICE) yield all.slice(at, at + SLICE);
}
