/** Databases as the reference system leaves them, of each generation of its schema. */
import { createCipheriv, createHash, randomBytes } from "node:crypto";
import Driver from "libsql";

const TENANTS = `
  create table tenants (id text primary key, name text, client_auth text, client_base_url text, client_sync_path text,
    client_attachment_path text, rate_limits text, large_file_config text, active integer default 1,
    suspended_batches text, api_key_hash text, api_key_expires_at text,
    created_at timestamp default current_timestamp, updated_at timestamp default current_timestamp)`;

const ACCOUNT_COLUMNS = `host text not null, port integer not null, user text, password text, ttl integer default 300,
  limit_per_minute integer, limit_per_hour integer, limit_per_day integer, limit_behavior text, use_tls integer,
  batch_size integer, created_at timestamp default current_timestamp, updated_at timestamp default current_timestamp`;

const SCHEMAS = {
  /** With keys of its own for every row, and one moment at which a message was spoken of to a server. */
  newest: [
    TENANTS,
    `create table accounts (pk text primary key, id text not null, tenant_id text not null, ${ACCOUNT_COLUMNS},
      is_pec_account integer default 0, imap_host text, imap_port integer default 993, imap_user text, imap_password text,
      imap_folder text default 'INBOX', imap_last_uid integer, imap_last_sync timestamp, imap_uidvalidity integer,
      unique (tenant_id, id))`,
    `create table messages (pk text primary key, id text not null, tenant_id text, account_id text, account_pk text,
      priority integer not null default 2, payload text not null, batch_code text, created_at timestamp default current_timestamp,
      updated_at timestamp default current_timestamp, deferred_ts integer, smtp_ts integer, is_pec integer default 0,
      unique (tenant_id, id))`,
    `create table message_events (id integer primary key autoincrement, message_pk text, event_type text, event_ts integer,
      description text, metadata text, reported_ts integer)`,
    "create table instance (id integer primary key, name text, api_token text, edition text)",
    "create table command_log (id integer primary key, command_ts integer, endpoint text, payload text)",
  ],
  /** With a moment for each end that a message may have. */
  older: [
    TENANTS,
    `create table accounts (id text not null, tenant_id text not null, ${ACCOUNT_COLUMNS}, primary key (tenant_id, id))`,
    `create table messages (id text primary key, tenant_id text, account_id text, priority integer not null default 2,
      payload text not null, batch_code text, created_at timestamp default current_timestamp, deferred_ts integer,
      sent_ts integer, error_ts integer, error text, reported_ts integer)`,
    "create table send_log (account_id text, timestamp integer)",
  ],
  /** Before it knew tenants. */
  oldest: [
    `create table accounts (id text primary key, ${ACCOUNT_COLUMNS})`,
    `create table messages (id text primary key, account_id text, priority integer not null default 2, payload text not null,
      created_at timestamp default current_timestamp, deferred_ts integer, sent_ts integer, error_ts integer, error text,
      reported_ts integer)`,
  ],
};

/** Makes a file with these rows, by their tables; what is no text or number in them is kept as JSON. */
export function referenceDatabase(
  path: string,
  generation: keyof typeof SCHEMAS,
  tables: Record<string, readonly Record<string, unknown>[]>,
): void {
  const driver = new Driver(path);
  for (const statement of SCHEMAS[generation]) driver.exec(statement);
  for (const [table, rows] of Object.entries(tables)) {
    for (const row of rows) {
      const names = Object.keys(row);
      const values = Object.values(row).map((one) =>
        typeof one === "object" && one !== null ? JSON.stringify(one) : one,
      );
      driver.prepare(`insert into ${table} (${names}) values (${names.map(() => "?")})`).run(values);
    }
  }
  driver.close();
}

/** As the reference seals a secret: a nonce of 12 bytes, the text under AES-256-GCM, its tag. */
export function sealedBy(key: Buffer, secret: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  const parts = [nonce, cipher.update(secret, "utf8"), cipher.final(), cipher.getAuthTag()];
  return `ENC:${Buffer.concat(parts).toString("base64")}`;
}

/** As the reference keeps an application's key. */
export function hashOf(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}
