/** Suspension: a tenant's batch, or all of it (`*`), waits in state `held` until it is activated. */
import type { InStatement, ResultSet } from "@libsql/client";
import { batch, type Database, json, rows } from "../db/database.ts";
import { moveInBacklog } from "./backlog.ts";

export const WHOLE_TENANT = "*";

/** SQL: whether the row `alias` (with tenant_id and batch_code) is suspended. Messages without a code obey only `*`. */
export function isSuspended(alias: string): string {
  return `exists (select 1 from suspensions s where s.tenant_id = ${alias}.tenant_id and s.batch_code in ('*', ${alias}.batch_code))`;
}

/** So many messages change their state in one transaction: whoever else wants to write waits no longer than that takes. */
const SLICE = 1_000;
/** To SQLite. */
const NO_LIMIT = -1;

/** From the moment the first statement is committed nothing of the batch is claimed; what was ready then steps aside, so that claims never scan it. */
export async function suspend(db: Database, tenantId: string, batchCode: string, now: number): Promise<void> {
  await rows(
    db,
    "insert into suspensions (tenant_id, batch_code, created_at) values (:tenantId, :batchCode, :now) on conflict do nothing",
    { tenantId, batchCode, now },
  );
  const ready = `state = 'ready' and account_key in (select key from accounts where tenant_id = :tenantId)
    and ${isSuspended("messages")}`;
  await inSlices((limit) => batch(db, move(ready, "held", { tenantId, limit })));
}

/**
 * Lets a batch (or with `*` everything) go again. The suspension ends last, together with the last slice: until then
 * nothing is claimed, and a call that was cut off is simply made again.
 */
export async function activate(db: Database, tenantId: string, batchCode: string): Promise<void> {
  if (batchCode === WHOLE_TENANT) await release(db, "tenant_id = :tenantId", { tenantId });
  else await release(db, "tenant_id = :tenantId and batch_code = :batchCode", { tenantId, batchCode });
}

/** These wait from now on, and nothing else of the tenant does. */
export async function suspendOnly(
  db: Database,
  tenantId: string,
  batchCodes: readonly string[],
  now: number,
): Promise<void> {
  const before = await suspendedBatches(db, tenantId);
  for (const batchCode of batchCodes) if (!before.includes(batchCode)) await suspend(db, tenantId, batchCode, now);
  const others = "tenant_id = :tenantId and ifnull(batch_code not in (select value from json_each(:kept)), true)";
  const args = { tenantId, kept: json(batchCodes) };
  if (batchCodes.includes(WHOLE_TENANT)) await rows(db, endSuspensions(others), args);
  else await release(db, others, args);
}

/** `which`: SQL that is true of the suspensions to end, and of the messages that they alone hold. */
async function release(db: Database, which: string, args: { [name: string]: string }): Promise<void> {
  const held = `state = 'held' and ${which}`;
  await inSlices((limit) => batch(db, move(held, "ready", { ...args, limit })));
  await batch(db, [{ sql: endSuspensions(which), args }, ...move(held, "ready", { ...args, limit: NO_LIMIT })]);
}

function endSuspensions(which: string): string {
  return `delete from suspensions where ${which}`;
}

/** Until a slice is not full. */
async function inSlices(slice: (limit: number) => Promise<ResultSet[]>): Promise<void> {
  while ((await slice(SLICE)).at(-1)!.rows.length === SLICE);
}

function move(where: string, state: "held" | "ready", args: { [name: string]: string | number }): InStatement[] {
  const slice = `seq in (select seq from messages where ${where} limit :limit)`;
  return [
    { sql: moveInBacklog(slice, `'${state}'`), args },
    { sql: `update messages set state = '${state}' where ${slice} returning seq`, args },
  ];
}

export async function suspendedBatches(db: Database, tenantId: string): Promise<string[]> {
  const found = await rows<{ batch_code: string }>(
    db,
    "select batch_code from suspensions where tenant_id = :tenantId order by batch_code",
    { tenantId },
  );
  return found.map(({ batch_code }) => batch_code);
}
