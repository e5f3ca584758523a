/** Suspension: a tenant's batch, or all of it (`*`), waits in state `held` until it is activated. */
import type { InStatement } from "@libsql/client";
import { batch, type Database, rows } from "../db/database.ts";
import { moveInBacklog } from "./backlog.ts";

export const WHOLE_TENANT = "*";

/** SQL: whether the row `alias` (with tenant_id and batch_code) is suspended. Messages without a code obey only `*`. */
export function isSuspended(alias: string): string {
  return `exists (select 1 from suspensions s where s.tenant_id = ${alias}.tenant_id and s.batch_code in ('*', ${alias}.batch_code))`;
}

/** From the moment this is committed nothing of the batch is claimed; what was ready steps aside, so that claims never scan it. */
export async function suspend(db: Database, tenantId: string, batchCode: string, now: number): Promise<void> {
  await batch(db, [
    {
      sql: "insert into suspensions (tenant_id, batch_code, created_at) values (:tenantId, :batchCode, :now) on conflict do nothing",
      args: { tenantId, batchCode, now },
    },
    ...move(
      `state = 'ready' and account_key in (select key from accounts where tenant_id = :tenantId) and ${isSuspended("messages")}`,
      "held",
      tenantId,
    ),
  ]);
}

/** Lets a batch (or with `*` everything) go again. */
export async function activate(db: Database, tenantId: string, batchCode: string): Promise<void> {
  await batch(db, [
    batchCode === WHOLE_TENANT
      ? { sql: "delete from suspensions where tenant_id = :tenantId", args: { tenantId } }
      : {
          sql: "delete from suspensions where tenant_id = :tenantId and batch_code = :batchCode",
          args: { tenantId, batchCode },
        },
    ...move(`state = 'held' and tenant_id = :tenantId and not ${isSuspended("messages")}`, "ready", tenantId),
  ]);
}

function move(where: string, state: "held" | "ready", tenantId: string): InStatement[] {
  return [
    { sql: moveInBacklog(where, `'${state}'`), args: { tenantId } },
    { sql: `update messages set state = '${state}' where ${where}`, args: { tenantId } },
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
