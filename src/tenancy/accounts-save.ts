/** Creates and updates SMTP accounts, each in one statement, so that two writers never lose a field of each other. */
import { sql } from "drizzle-orm";
import type { Database } from "../db/database.ts";
import { accounts } from "../db/schema.ts";
import { AppError } from "../errors.ts";
import type { Vault } from "../security/vault.ts";
import { type Account, findAccount, isAccount, unknownAccount } from "./accounts.ts";
import { type Field, nextRevision, patchedColumns, sealed } from "./patch.ts";
import { findTenant, unknownTenant } from "./tenants.ts";
import { changedTlsMode, defaultPort, type TlsWords, tlsMode } from "./tls.ts";

/** What may change of an account, in the API's names; only a new one needs a `host`. */
export type AccountPatch = TlsWords & {
  id: string;
  host?: string | undefined;
  port?: Field<number>;
  user?: Field<string>;
  password?: Field<string>;
  tls_verify?: Field<boolean>;
  ca?: Field<string>;
  auth_method?: Field<Account["authMethod"]>;
  ehlo_name?: Field<string>;
  from_address?: Field<string>;
  allowed_senders?: Field<string[]>;
  priority?: Field<number>;
  limit_per_minute?: Field<number>;
  limit_per_hour?: Field<number>;
  limit_per_day?: Field<number>;
  limit_behavior?: Field<Account["limitBehavior"]>;
  batch_size?: Field<number>;
  max_connections?: Field<number>;
  max_messages_per_connection?: Field<number>;
  ttl?: Field<number>;
  ascii_attachments?: Field<boolean>;
  suppress_send?: Field<boolean>;
  retry_delays?: Field<number[]>;
  is_pec_account?: Field<boolean>;
  imap_host?: Field<string>;
  imap_port?: Field<number>;
  imap_user?: Field<string>;
  imap_password?: Field<string>;
  imap_folder?: Field<string>;
  imap_ssl?: Field<boolean>;
  imap_tls_verify?: Field<boolean>;
  imap_ca?: Field<string>;
  /** Said by the API with a host (SMTP or IMAP) that a tenant's key names; whoever else names one may mean a private one. */
  public_only?: boolean | undefined;
};

export interface SavedAccount {
  key: number;
  created: boolean;
}

/** Creates or updates an account of a tenant that must exist; either way a pause after a fault is over. */
export async function upsertAccount(
  db: Database,
  vault: Vault,
  tenantId: string,
  patch: AccountPatch,
  now: number,
): Promise<SavedAccount> {
  const { id, host } = patch;
  try {
    // Without a host there is nothing to create.
    if (host === undefined) return { key: await updateAccount(db, vault, tenantId, patch, now), created: false };
    const columns = await columnsOf(vault, patch);
    const port = patch.port ?? defaultPort(patch);
    // The tenant's id is null, and so refused, where another process has just deleted the tenant.
    const owner = sql`(select id from tenants where id = ${tenantId})`;
    const fresh = { tenantId: owner, id, host, port, tls: tlsMode(patch, port), createdAt: now, updatedAt: now };
    const [saved] = await db.orm
      .insert(accounts)
      .values({ ...columns, ...fresh })
      .onConflictDoUpdate({
        target: [accounts.tenantId, accounts.id],
        targetWhere: sql`deleted_at is null`,
        set: changes(columns, patch, now),
      })
      .returning({ key: accounts.key, createdAt: accounts.createdAt, updatedAt: accounts.updatedAt });
    return { key: saved!.key, created: saved!.createdAt === saved!.updatedAt };
  } catch (error) {
    if ((await findTenant(db, tenantId)) === undefined) throw unknownTenant(tenantId);
    if (host !== undefined || (await findAccount(db, tenantId, id)) !== undefined) throw error;
    const message = "is required for a new account";
    throw new AppError("validation_failed", `host ${message}`, { details: [{ path: "host", message }] });
  }
}

/** Updates an account that must exist, which ends a pause after a fault; answers its key. */
export async function updateAccount(
  db: Database,
  vault: Vault,
  tenantId: string,
  patch: AccountPatch,
  now: number,
): Promise<number> {
  return change(db, tenantId, patch.id, changes(await columnsOf(vault, patch), patch, now));
}

async function change(
  db: Database,
  tenantId: string,
  accountId: string,
  set: ReturnType<typeof changes>,
): Promise<number> {
  const [saved] = await db.orm
    .update(accounts)
    .set(set)
    .where(isAccount(tenantId, accountId))
    .returning({ key: accounts.key });
  if (saved === undefined) throw unknownAccount(tenantId, accountId);
  return saved.key;
}

/** The columns that a patch names, secrets sealed; host, port and TLS are left to the caller. */
async function columnsOf(vault: Vault, patch: AccountPatch) {
  const { password, imap_password } = patch;
  return patchedColumns(accounts, {
    ...patch,
    password: await sealed(vault, password),
    imap_password: await sealed(vault, imap_password),
    public_only: patch.host === undefined ? undefined : (patch.public_only ?? false),
    imap_public_only: patch.imap_host === undefined ? undefined : (patch.public_only ?? false),
  });
}

function changes(columns: Awaited<ReturnType<typeof columnsOf>>, patch: AccountPatch, now: number) {
  const port = patch.port === null ? defaultPort(patch) : patch.port;
  const tls = changedTlsMode(patch, port);
  return {
    ...columns,
    ...(patch.host === undefined ? {} : { host: patch.host }),
    ...(port === undefined ? {} : { port }),
    ...(tls === undefined ? {} : { tls }),
    ...resumed(now),
  };
}

/**
 * The new revision keeps failures of attempts that began before it from pausing the account again. Who paused it by hand
 * (hand-pause.ts) is not overruled by who mends a field.
 */
function resumed(now: number) {
  const pausedUntil = sql<number | null>`case when ${accounts.faults} = 0 then ${accounts.pausedUntil} end`;
  return { faults: 0, pausedUntil, updatedAt: nextRevision(accounts.updatedAt, now) };
}
