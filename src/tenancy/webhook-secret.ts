/** Secrets that sign what tenants are told: new ones, and a tenant's own replaced, while the one before goes on signing. */
import { eq } from "drizzle-orm";
import { encodeBase64 } from "hono/utils/encode";
import type { Database } from "../db/database.ts";
import { tenants } from "../db/schema.ts";
import type { Vault } from "../security/vault.ts";
import { nextRevision } from "./patch.ts";
import { replaced } from "./secret-change.ts";
import { unknownTenant } from "./tenants.ts";

/** Standard Webhooks asks for 24 to 64 bytes. */
const SECRET_BYTES = 32;

export function newWebhookSecret(): string {
  return `whsec_${encodeBase64(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)).buffer)}`;
}

/**
 * Replaces the secret; the answer is the only time it is seen. The one before signs too for `overlapMs`; `previousUntil` in
 * Unix milliseconds, null where there was none or no overlap is wanted. Throws AppError where there is no such tenant.
 */
export async function renewWebhookSecret(
  db: Database,
  vault: Vault,
  tenantId: string,
  overlapMs: number,
  now: number,
): Promise<{ secret: string; previousUntil: number | null }> {
  const secret = newWebhookSecret();
  const columns = replaced(await vault.seal(secret), overlapMs === 0 ? null : now + overlapMs);
  const [saved] = await db.orm
    .update(tenants)
    .set({ ...columns, updatedAt: nextRevision(tenants.updatedAt, now) })
    .where(eq(tenants.id, tenantId))
    .returning({ previousUntil: tenants.webhookSecretPreviousUntil });
  if (saved === undefined) throw unknownTenant(tenantId);
  return { secret, previousUntil: saved.previousUntil };
}
