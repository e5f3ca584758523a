/** Takes messages out of the queue by hand: deleted with everything that belongs to them, or given up and reported. */
import { PARTS_OF_MESSAGE } from "../db/belongings.ts";
import { batch, type Database, json } from "../db/database.ts";
import { moveInBacklog } from "./backlog.ts";
import { closing, FINAL } from "./giveup.ts";

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
const DELETE = PARTS_OF_MESSAGE.map((table) => `delete from ${table} where message in ${SEQS}`);

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
    { sql: moveInBacklog(`seq in (${idle})`), args: { seqs } },
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

// The list of states is the one of the index on live messages, which is far shorter than the table.
const WAITING =
  "state in ('scheduled', 'ready', 'held', 'sending') and state <> 'sending' and account_key = :accountKey";

const FAIL = `
  update messages set state = ${FINAL}, error = :error, finished_at = :now, wake_at = :now + :retentionMs
  where ${WAITING} returning seq`;

/** Gives up everything that waits for an account, and reports it. */
export async function failWaiting(
  db: Database,
  accountKey: number,
  error: string,
  now: number,
  retentionMs: number,
): Promise<number> {
  const results = await batch(db, [
    ...closing(WAITING, { accountKey }, error, now),
    { sql: moveInBacklog(WAITING), args: { accountKey } },
    { sql: FAIL, args: { accountKey, error, now, retentionMs } },
  ]);
  return results.at(-1)!.rows.length;
}
