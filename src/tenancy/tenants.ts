/** Tenants on the database, for the API and the command line: saved by patches, each in one statement. */
import { asc, eq, getTableColumns, type SQL, sql } from "drizzle-orm";
import type { Database } from "../db/database.ts";
import { type LargeFileConfig, type StoredAuth, type StoredStore, tenants } from "../db/schema.ts";
import { AppError } from "../errors.ts";
import { sealStore } from "../security/sealed-store.ts";
import type { Vault } from "../security/vault.ts";
import { type Field, nextRevision, type Patch, patchedColumns, patchedJson, sealed } from "./patch.ts";
import { changedSecret } from "./secret-change.ts";

export type AuthPatch = { [K in keyof StoredAuth]?: Field<StoredAuth[K]> };

type LargeFilePatch = { [K in keyof LargeFileConfig]?: Field<K extends "storage_url" ? string : LargeFileConfig[K]> };

/** What may change of a tenant, in the API's names. Objects are merged field by field. */
export type TenantPatch = {
  id: string;
  name?: Field<string>;
  client_base_url?: Field<string>;
  client_sync_path?: Field<string>;
  client_attachment_path?: Field<string>;
  client_auth?: Field<AuthPatch>;
  attachment_format?: Field<"form" | "json">;
  rate_limits?: Field<{ minute?: Field<number>; hour?: Field<number>; day?: Field<number> }>;
  large_file_config?: Field<LargeFilePatch>;
  /** Names to URLs of stores. */
  stores?: Field<Record<string, string | null>>;
  allowed_senders?: Field<string[]>;
  active?: Field<boolean>;
  webhook_secret?: Field<string>;
  /** How long the secret that this one replaces signs too; said by the API, and without it no longer. */
  webhook_overlap_ms?: number;
  /** Said by the API with a URL that the tenant's own key names; whoever else names one may mean a private one. */
  public_only?: boolean | undefined;
};

export type Tenant = typeof tenants.$inferSelect & { suspendedBatches: string[] };

/** Creates or updates a tenant; answers whether it is new. */
export async function upsertTenant(db: Database, vault: Vault, patch: TenantPatch, now: number): Promise<boolean> {
  const { fresh, changed } = await tenantColumns(db, vault, patch, now);
  const [saved] = await db.orm
    .insert(tenants)
    .values({ ...fresh, id: patch.id, createdAt: now, updatedAt: now })
    .onConflictDoUpdate({ target: tenants.id, set: changed })
    .returning({ createdAt: tenants.createdAt, updatedAt: tenants.updatedAt });
  return saved!.createdAt === saved!.updatedAt;
}

/** Updates a tenant that must exist. */
export async function updateTenant(db: Database, vault: Vault, patch: TenantPatch, now: number): Promise<void> {
  const { changed } = await tenantColumns(db, vault, patch, now);
  const saved = await db.orm.update(tenants).set(changed).where(eq(tenants.id, patch.id)).returning({ id: tenants.id });
  if (saved.length === 0) throw unknownTenant(patch.id);
}

const SUSPENDED_BATCHES = sql<string>`(
  select json_group_array(batch_code) from (
    select s.batch_code from suspensions s where s.tenant_id = tenants.id order by s.batch_code))`;

function select(db: Database) {
  const suspendedBatches = SUSPENDED_BATCHES.mapWith((json: string): string[] => JSON.parse(json));
  return db.orm.select({ ...getTableColumns(tenants), suspendedBatches }).from(tenants);
}

export async function findTenant(db: Database, id: string): Promise<Tenant | undefined> {
  const [tenant] = await select(db).where(eq(tenants.id, id));
  return tenant;
}

/** By id; with `activeOnly` those alone that may send. */
export function listTenants(db: Database, activeOnly = false): Promise<Tenant[]> {
  return select(db)
    .where(activeOnly ? eq(tenants.active, true) : undefined)
    .orderBy(asc(tenants.id));
}

export function unknownTenant(id: string): AppError {
  return new AppError("not_found", `there is no tenant ${id}`);
}

/** The patch as columns of a new row (`fresh`) and as changes to a stored one. */
async function tenantColumns(db: Database, vault: Vault, patch: TenantPatch, now: number) {
  const {
    client_auth,
    large_file_config,
    stores,
    rate_limits,
    webhook_secret,
    webhook_overlap_ms = 0,
    ...plain
  } = patch;
  const publicOnly = patch.public_only ?? false;
  const limits = rate_limits === null ? { minute: null, hour: null, day: null } : rate_limits;
  const columns = patchedColumns(tenants, {
    ...plain,
    limit_per_minute: limits?.minute,
    limit_per_hour: limits?.hour,
    limit_per_day: limits?.day,
    public_only: patch.client_base_url === undefined ? undefined : publicOnly,
  });
  const auth = client_auth && (await sealedAuth(vault, client_auth));
  const largeFiles = large_file_config && (await sealedLargeFiles(vault, large_file_config, publicOnly));
  const sealedStores = stores && (await eachSealed(vault, stores, publicOnly));
  const until = webhook_overlap_ms === 0 ? null : now + webhook_overlap_ms;
  const secret = await changedSecret(db, vault, { id: patch.id, secret: webhook_secret, until });
  const objects = (stored: typeof tenants | undefined) => ({
    ...(auth === undefined ? {} : { clientAuth: auth && authColumn(stored, auth) }),
    ...(largeFiles === undefined
      ? {}
      : { largeFileConfig: largeFiles && patchedJson(stored?.largeFileConfig ?? null, largeFiles) }),
    ...(sealedStores === undefined
      ? {}
      : { stores: sealedStores && patchedJson(stored?.stores ?? null, sealedStores) }),
  });
  return {
    fresh: { ...columns, ...objects(undefined), webhookSecret: secret.webhookSecret ?? null },
    changed: { ...columns, ...objects(tenants), ...secret, updatedAt: nextRevision(tenants.updatedAt, now) },
  };
}

async function sealedAuth(vault: Vault, auth: AuthPatch): Promise<AuthPatch> {
  const { token, password } = auth;
  return { ...auth, token: await sealed(vault, token), password: await sealed(vault, password) };
}

async function sealedLargeFiles(vault: Vault, config: LargeFilePatch, publicOnly: boolean): Promise<Patch> {
  const { storage_url: url, ...plain } = config;
  if (url === undefined) return plain;
  return { ...plain, storage_url: url === null ? null : await sealStore(vault, { url, publicOnly }) };
}

async function eachSealed(
  vault: Vault,
  stores: Record<string, string | null>,
  publicOnly: boolean,
): Promise<Record<string, StoredStore | null>> {
  const entries = Object.entries(stores).map(async ([name, url]) => {
    return [name, url === null ? null : await sealStore(vault, { url, publicOnly })] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

function authColumn(stored: typeof tenants | undefined, auth: AuthPatch): SQL {
  // The method's default comes last in line: it stands only where neither the row nor the patch has one.
  return sql`json_patch('{"method":"none"}', ${patchedJson(stored?.clientAuth ?? null, auth)})`;
}
