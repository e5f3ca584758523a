/** Takes messages out of the queue by hand: deleted with everything that belongs to them, or given up and reported. */
import { batch, type Database, json } from "../db/database.ts";
import { COUNTER, countInto } from "./events.ts";

/** What became of the ids of one call. */
export interface Removed {
  removed: number;
  notFound: string[];
  /** A pk of another tenant, named by a tenant's key. */
  unauthorized: string[];
  /** In flight: deleting it now would lose its outcome. */
  beingSent: string[];
}

const FOUND = `
  select i.value as wanted, m.seq, m.tenant_id, m.state
  from json_each(:ids) i join messages m on m.pk = i.value
  union
  select i.value, m.seq, m.tenant_id, m.state
  from json_each(:ids) i join messages m on m.id = i.value and m.tenant_id in (select value from json_each(:tenants))`;

const SEQS = "(select value from json_each(:seqs))";
const DELETE = [
  `delete from payloads where message in ${SEQS}`,
  `delete from recipients where message in ${SEQS}`,
  `delete from events where message in ${SEQS}`,
];

/** Deletes messages by id or pk; with a `tenantId` only that tenant's. Without one an id is taken in every tenant of `tenants`. */
export async function removeMessages(
  db: Database,
  ids: readonly string[],
  tenantId: string | undefined,
  tenants: readonly string[],
): Promise<Removed> {
  const found = await db.client.execute({
    sql: FOUND,
    args: { ids: json(ids), tenants: json(tenantId === undefined ? tenants : [tenantId]) },
  });
  const own = found.rows.filter((row) => tenantId === undefined || row.tenant_id === tenantId);
  const foreign = found.rows.filter((row) => tenantId !== undefined && row.tenant_id !== tenantId);
  const seqs = json(own.filter(({ state }) => state !== "sending").map(({ seq }) => seq));
  // The rows themselves go last; one that was claimed since the look stays, and the others' parts go with them.
  const idle = `select seq from messages where seq in ${SEQS} and state <> 'sending'`;
  const results = await batch(db, [
    ...DELETE.map((sql) => ({ sql: sql.replace(SEQS, `(${idle})`), args: { seqs } })),
    { sql: `delete from messages where seq in (${idle}) returning seq`, args: { seqs } },
  ]);
  const gone = new Set(results.at(-1)!.rows.map(({ seq }) => seq));
  const known = new Set(own.map(({ wanted }) => wanted));
  const unauthorized = [...new Set(foreign.map(({ wanted }) => String(wanted)))].filter((id) => !known.has(id));
  return {
    removed: gone.size,
    notFound: ids.filter((id) => !known.has(id) && !unauthorized.includes(id)),
    unauthorized,
    beingSent: own.filter(({ seq }) => !gone.has(seq)).map(({ wanted }) => String(wanted)),
  };
}

const WAITING = "account_key = :accountKey and state in ('scheduled', 'ready', 'held')";

/** Gives up everything that waits for an account, and reports it. */
export async function failWaiting(
  db: Database,
  accountKey: number,
  error: string,
  now: number,
  retentionMs: number,
): Promise<number> {
  const results = await batch(db, [
    {
      sql: `insert into events (tenant_id, message, type, at, data, report_at)
        select tenant_id, seq, 'error', :now, json_object('error', :error, 'attempt', attempts), :now from messages where ${WAITING}`,
      args: { accountKey, error, now },
    },
    {
      sql: countInto(`select account_key, tenant_id from messages where ${WAITING}`),
      args: { accountKey, name: COUNTER.error },
    },
    {
      sql: `update messages set state = 'error', error = :error, finished_at = :now, wake_at = :now + :retentionMs
        where ${WAITING} returning seq`,
      args: { accountKey, error, now, retentionMs },
    },
  ]);
  return results[2]!.rows.length;
}
