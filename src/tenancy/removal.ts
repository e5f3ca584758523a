/** Takes accounts and tenants away: not while messages wait for them, unless forced. Either way in one transaction. */
import { PARTS_OF_MESSAGE } from "../db/belongings.ts";
import { batch, type Database, rows } from "../db/database.ts";
import { AppError } from "../errors.ts";
import { findAccount, unknownAccount } from "./accounts.ts";
import { findTenant, unknownTenant } from "./tenants.ts";

export interface RemovalOptions {
  /** Also where messages wait. */
  force: boolean;
}

const WAITING = "state in ('scheduled', 'ready', 'held', 'sending')";

// The row stays, so that its messages can still name it; its secrets do not.
const DELETE_ACCOUNT = `
  update accounts set deleted_at = :now, updated_at = max(:now, updated_at + 1), password = null, imap_password = null
  where tenant_id = :tenantId and id = :accountId and deleted_at is null
    and (:force or not exists (select 1 from messages m where m.account_key = accounts.key and m.${WAITING}))
  returning key`;

/** Answers the account's key, by which the queue knows what waited for it: with `force` that is now to be failed. */
export async function deleteAccount(
  db: Database,
  tenantId: string,
  accountId: string,
  { force }: RemovalOptions,
  now: number,
): Promise<number> {
  const [deleted] = await rows<{ key: number }>(db, DELETE_ACCOUNT, { tenantId, accountId, force, now });
  if (deleted !== undefined) return deleted.key;
  if ((await findAccount(db, tenantId, accountId)) === undefined) throw unknownAccount(tenantId, accountId);
  throw new AppError("conflict", `messages wait for account ${accountId}: force deletes it all the same`);
}

const DELETE_TENANT = `
  delete from tenants
  where id = :tenantId and (:force or not exists (select 1 from messages where tenant_id = :tenantId and ${WAITING}))
  returning id`;

const GONE = "not exists (select 1 from tenants where id = :tenantId)";
const ITS_MESSAGES = "(select seq from messages where tenant_id = :tenantId)";
const ITS_ACCOUNTS = "(select key from accounts where tenant_id = :tenantId)";
const ITS_WEBHOOKS = "(select id from webhooks where tenant_id = :tenantId)";
const ITS_DELIVERIES = `(select seq from webhook_deliveries where webhook in ${ITS_WEBHOOKS})`;

/** What belongs to a tenant, each before what it is found by. The totals of `/metrics` stay: they never fall. */
const DELETE_BELONGINGS = [
  ...PARTS_OF_MESSAGE.map((table) => `delete from ${table} where message in ${ITS_MESSAGES} and ${GONE}`),
  `delete from messages where tenant_id = :tenantId and ${GONE}`,
  `delete from grants where account_key in ${ITS_ACCOUNTS} and ${GONE}`,
  `delete from accounts where tenant_id = :tenantId and ${GONE}`,
  // What they added to the sum of all stays, as the totals do.
  `delete from rollups where tenant_id = :tenantId and ${GONE}`,
  `delete from backlog where tenant_id = :tenantId and ${GONE}`,
  `delete from suspensions where tenant_id = :tenantId and ${GONE}`,
  `delete from syncs where tenant_id = :tenantId and ${GONE}`,
  `delete from suppressions where tenant_id = :tenantId and ${GONE}`,
  `delete from webhook_attempts where delivery in ${ITS_DELIVERIES} and ${GONE}`,
  `delete from webhook_deliveries where webhook in ${ITS_WEBHOOKS} and ${GONE}`,
  `delete from webhooks where tenant_id = :tenantId and ${GONE}`,
  `delete from idempotency_keys where tenant_id = :tenantId and ${GONE}`,
  // Their links end now; the rows go with what is in the store (attachments/large-sweep.ts), which may not answer at the moment.
  `update files set expires_at = 0, tenant_id = '' where tenant_id = :tenantId and ${GONE}`,
  // The operator keeps the log; whoever gets the same id later does not see it.
  `update command_log set tenant_id = null where tenant_id = :tenantId and ${GONE}`,
];

/** Deletes a tenant with everything that belongs to it, its reports that were not yet delivered included. */
export async function deleteTenant(db: Database, tenantId: string, { force }: RemovalOptions): Promise<void> {
  const [deleted] = await batch(db, [
    { sql: DELETE_TENANT, args: { tenantId, force } },
    ...DELETE_BELONGINGS.map((sql) => ({ sql, args: { tenantId } })),
  ]);
  if (deleted!.rows.length > 0) return;
  if ((await findTenant(db, tenantId)) === undefined) throw unknownTenant(tenantId);
  throw new AppError("conflict", `messages of tenant ${tenantId} wait: force deletes them too`);
}
