/**
 * The version that knew migrations 0000 to 0002: its schema, and its statements as it sent them. They stand here as they
 * were; what the present code sends may change, what is out there does not.
 */
import { v7 as uuid } from "uuid";
import { batch, type Database, json, rows } from "../../src/db/database.ts";
import { migrations } from "../../src/db/migrations.ts";
import { BREAKPOINT } from "./upgrade-law.ts";

const LAST = "0002_backlog";
const EXPIRY_MS = 86_400_000;

/** An empty database gets the schema of then. */
export async function migrateToPast(db: Database): Promise<void> {
  const upTo = migrations.findIndex(({ name }) => name === LAST) + 1;
  await rows(db, "create table migrations (name text primary key, applied_at integer not null)");
  for (const { name, sql } of migrations.slice(0, upTo)) await applyMigration(db, name, sql);
}

/** As `migrate` does: the migration and its mark, or nothing. */
export async function applyMigration(db: Database, name: string, sql: string): Promise<void> {
  const mark = { sql: "insert into migrations (name, applied_at) values (:name, 1)", args: { name } };
  await batch(db, [mark, ...sql.split(BREAKPOINT)]);
}

const SAVE_TENANT = `
  insert into "tenants" ("id", "name", "client_base_url", "client_sync_path", "client_attachment_path", "client_auth",
    "attachment_format", "limit_per_minute", "limit_per_hour", "limit_per_day", "large_file_config", "active",
    "webhook_secret", "public_only", "api_key_hash", "api_key_expires_at", "created_at", "updated_at")
  values (:id, null, :url, null, null, null, 'form', null, null, null, null, 1, null, 0, null, null, :now, :now)
  on conflict ("tenants"."id") do update set "client_base_url" = :url, "updated_at" = max(:now, "tenants"."updated_at" + 1)
  returning "created_at", "updated_at"`;

export async function saveTenant(db: Database, id: string, url: string | null, now: number): Promise<void> {
  await rows(db, SAVE_TENANT, { id, url, now });
}

const SAVE_ACCOUNT = `
  insert into "accounts" ("key", "tenant_id", "id", "host", "port", "user", "password", "tls", "tls_verify", "ca",
    "auth_method", "ehlo_name", "from_address", "priority", "limit_per_minute", "limit_per_hour", "limit_per_day",
    "limit_behavior", "batch_size", "max_connections", "max_messages_per_connection", "ttl", "ascii_attachments",
    "suppress_send", "retry_delays", "is_pec_account", "imap_host", "imap_port", "imap_user", "imap_password",
    "imap_folder", "public_only", "faults", "paused_until", "last_error", "last_error_at", "created_at", "updated_at",
    "deleted_at")
  values (null, (select id from tenants where id = :tenantId), :id, '127.0.0.1', :port, null, null, 'none', null, null,
    'auto', null, null, null, null, null, null, 'defer', null, null, null, 300, 0, 0, null, 0, null, null, null, null,
    null, 0, 0, null, null, null, :now, :now, null)
  on conflict ("accounts"."tenant_id", "accounts"."id") where deleted_at is null
  do update set "host" = '127.0.0.1', "port" = :port, "faults" = 0, "paused_until" = null,
    "updated_at" = max(:now, "accounts"."updated_at" + 1)
  returning "key", "created_at", "updated_at"`;

/** Answers the account's key. */
export async function saveAccount(
  db: Database,
  { tenantId, id, port }: { tenantId: string; id: string; port: number },
  now: number,
): Promise<number> {
  const [saved] = await rows<{ key: number }>(db, SAVE_ACCOUNT, { tenantId, id, port, now });
  return saved!.key;
}

const DELETE_ACCOUNT = `
  update accounts set deleted_at = :now, updated_at = max(:now, updated_at + 1), password = null, imap_password = null
  where tenant_id = :tenantId and id = :id and deleted_at is null
  returning key`;

export async function deleteAccount(db: Database, tenantId: string, id: string, now: number): Promise<void> {
  await rows(db, DELETE_ACCOUNT, { tenantId, id, now });
}

const SUSPENDED =
  "exists (select 1 from suspensions s where s.tenant_id = r.tenant_id and s.batch_code in ('*', r.batch_code))";

const INSERT_MESSAGES = `
  insert into messages (pk, tenant_id, id, account_key, priority, state, wake_at, expires_at, batch_code, deferred_at, size, recipients, created_at)
  select r.pk, r.tenant_id, r.id, r.account_key, r.priority,
    case when r.due_at > :now then 'scheduled' when ${SUSPENDED} then 'held' else 'ready' end,
    case when r.due_at > :now then min(r.due_at, r.expires_at) else r.expires_at end, r.expires_at, r.batch_code,
    case when r.due_at > :now then r.due_at end, r.size, r.recipients, :now
  from (
    select value->>0 as pk, value->>1 as tenant_id, value->>2 as id, value->>3 as account_key, value->>4 as priority,
      value->>5 as batch_code, value->>6 as due_at, value->>7 as expires_at, value->>8 as size, value->9 as recipients
    from json_each(:messages)) r where true
  on conflict do nothing
  returning pk`;

const COUNT = `
  insert into backlog (tenant_id, kind, count)
  select tenant_id, kind, sum(count) from (
    select r.tenant_id, case when r.later then 'scheduled' when ${SUSPENDED} then 'held' else 'active' end as kind, r.count
    from (select value->>0 as tenant_id, value->>1 as batch_code, value->>2 as later, value->>3 as count from json_each(:kinds)) r
    where changes() = :total) where kind is not null group by tenant_id, kind
  on conflict (tenant_id, kind) do update set count = count + excluded.count`;

const INSERT_PAYLOADS = `
  insert into payloads (message, subject, content)
  select m.seq, p.value->>1, p.value->2
  from json_each(:payloads) p join messages m on m.pk = p.value->>0 where true
  on conflict do nothing`;

/** Messages that are due at once, to be sent through this account. */
export async function enqueue(
  db: Database,
  { tenantId, accountKey }: { tenantId: string; accountKey: number },
  ids: readonly string[],
  now: number,
): Promise<void> {
  const messages: unknown[] = [];
  const payloads: unknown[] = [];
  for (const id of ids) {
    const [pk, address] = [uuid(), `${id}@example.net`];
    const content = { from: "app@example.com", to: [address], subject: `About ${id}`, text: `Hello ${id}` };
    const size = JSON.stringify(content).length;
    messages.push([pk, tenantId, id, accountKey, 2, null, now, now + EXPIRY_MS, size, [["to", address]]]);
    payloads.push([pk, content.subject, content]);
  }
  const kinds = json([[tenantId, null, 0, ids.length]]);
  await batch(db, [
    { sql: INSERT_MESSAGES, args: { messages: json(messages), now } },
    { sql: COUNT, args: { kinds, total: ids.length } },
    { sql: INSERT_PAYLOADS, args: { payloads: json(payloads) } },
  ]);
}
