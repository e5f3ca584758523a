/**
 * Whether anything has changed that somebody may see: a text that is another one from then on. It is read every second while
 * somebody looks, so it holds what an index or a small table tells: the newest of what only grows, and sums of what is kept.
 */
import type { InStatement } from "@libsql/client";
import type { Database } from "../db/database.ts";

const MINUTE_MS = 60_000;

/** Rows of the command log that are looked through for a tenant's: it has no index for that. */
const NEWEST_COMMANDS = 200;

/** An account that pauses and one that is well again, whoever noticed it. */
const HEALTH = "json_array(count(*), sum(faults), max(paused_until), max(last_error_at), max(updated_at))";

// The minute is a part of it: ages grow and plots move on, though nothing happens.
const OF_ALL = `
  select json_array(
    :minute,
    (select revision from directory),
    (select max(seq) from messages),
    (select max(id) from events),
    (select max(id) from command_log),
    (select max(seq) from suppressions),
    (select max(seq) from webhook_deliveries),
    (select max(rowid) from webhook_attempts),
    (select json_group_array(waiting) from (select sum(count) as waiting from backlog group by kind)),
    (select count(*) from messages where state = 'sending'),
    (select ${HEALTH} from accounts),
    (select json_array(max(last_sync_at), sum(failures)) from syncs),
    (select json_array(max(updated_at), sum(failures)) from webhooks),
    (select json_array(sum(failures), max(last_error_at)) from mailboxes)
  ) as pulse`;

const OF_TENANT = `
  select json_array(
    :minute,
    (select max(seq) from messages where tenant_id = :tenantId),
    (select json_array(count(*), sum(sent + failed + deferred + rate_limited + bounced + complained))
     from rollups where tenant_id = :tenantId and minute >= :minute - 1),
    (select max(id) from (select id, tenant_id from command_log order by id desc limit ${NEWEST_COMMANDS})
     where tenant_id = :tenantId),
    (select max(seq) from suppressions where tenant_id = :tenantId),
    (select json_group_array(json_array(w.updated_at, w.failures,
       (select max(seq) from webhook_deliveries where webhook = w.id and state = 'pending'),
       (select max(seq) from webhook_deliveries where webhook = w.id and state = 'delivered'),
       (select max(seq) from webhook_deliveries where webhook = w.id and state = 'failed')))
     from webhooks w where w.tenant_id = :tenantId),
    (select json_group_array(count) from (select count from backlog where tenant_id = :tenantId order by kind)),
    (select count(*) from messages m where m.state = 'sending'
       and m.account_key in (select key from accounts where tenant_id = :tenantId)),
    (select ${HEALTH} from accounts where tenant_id = :tenantId),
    (select json_array(count(*), max(created_at)) from suspensions where tenant_id = :tenantId),
    (select json_array(last_sync_at, failures) from syncs where tenant_id = :tenantId),
    (select updated_at from tenants where id = :tenantId)
  ) as pulse`;

/** One for each tenant, in their order; null: for who sees everything. One round trip. */
export async function readPulses(db: Database, tenantIds: readonly (string | null)[], now: number): Promise<string[]> {
  const minute = Math.floor(now / MINUTE_MS);
  const statements = tenantIds.map(
    (tenantId): InStatement =>
      tenantId === null ? { sql: OF_ALL, args: { minute } } : { sql: OF_TENANT, args: { minute, tenantId } },
  );
  const results = await db.client.batch(statements, "read");
  return results.map(({ rows: [row] }) => String(row?.pulse));
}
