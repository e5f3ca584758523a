/** API keys of tenants, of which only hashes are kept, and who it is that presents a token. */
import { eq } from "drizzle-orm";
import type { Database } from "../db/database.ts";
import { tenants } from "../db/schema.ts";
import { AppError } from "../errors.ts";
import { hashToken, newToken } from "../security/tokens.ts";
import { nextRevision } from "./patch.ts";
import { unknownTenant } from "./tenants.ts";

const KEY_PREFIX = "mpk_";

export type Principal = { kind: "admin" } | { kind: "tenant"; tenantId: string };

/** A tenant as its key shows it. */
export interface KeyHolder {
  tenantId: string;
  active: boolean;
  /** Unix milliseconds. */
  expiresAt: number | null;
}

/** Gives a tenant a new key, which ends the old one; the answer is the only time it is seen. `expiresAt` in Unix milliseconds. */
export async function createApiKey(
  db: Database,
  tenantId: string,
  expiresAt: number | null,
  now: number,
): Promise<string> {
  const key = newToken(KEY_PREFIX);
  await storeKey(db, tenantId, hashToken(key), expiresAt, now);
  return key;
}

/** A key as another system keeps it. */
export interface AdoptedKey {
  hash: string;
  /** Unix milliseconds. */
  expiresAt: number | null;
}

/** Gives a tenant the key that it has elsewhere, of which the same hash is kept there; answers whether nobody has it here. */
export async function adoptApiKey(
  db: Database,
  tenantId: string,
  { hash, expiresAt }: AdoptedKey,
  now: number,
): Promise<boolean> {
  const [owner] = await db.orm.select({ id: tenants.id }).from(tenants).where(eq(tenants.apiKeyHash, hash));
  if (owner !== undefined) return owner.id === tenantId;
  await storeKey(db, tenantId, hash, expiresAt, now);
  return true;
}

/** From now on the tenant's key opens nothing. */
export function revokeApiKey(db: Database, tenantId: string, now: number): Promise<void> {
  return storeKey(db, tenantId, null, null, now);
}

/**
 * The tenant behind a key that was found by its hash (a look-up by a hash tells nothing of the key by its duration).
 * The key of an inactive tenant is right but opens nothing: 403, so that its owner is not sent looking for a wrong key.
 */
export function tenantPrincipal(holder: KeyHolder | undefined, now: number): Principal | undefined {
  if (holder === undefined || (holder.expiresAt !== null && holder.expiresAt <= now)) return undefined;
  if (!holder.active) throw new AppError("forbidden", "this tenant is not active");
  return { kind: "tenant", tenantId: holder.tenantId };
}

async function storeKey(
  db: Database,
  tenantId: string,
  apiKeyHash: string | null,
  apiKeyExpiresAt: number | null,
  now: number,
): Promise<void> {
  const updatedAt = nextRevision(tenants.updatedAt, now);
  const stored = await db.orm
    .update(tenants)
    .set({ apiKeyHash, apiKeyExpiresAt, updatedAt })
    .where(eq(tenants.id, tenantId))
    .returning({ id: tenants.id });
  if (stored.length === 0) throw unknownTenant(tenantId);
}
