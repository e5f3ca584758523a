/** What becomes of a tenant's webhook secret when another takes its place: for a while both sign, so that no report is refused. */
import { eq, type SQL, sql } from "drizzle-orm";
import type { Database } from "../db/database.ts";
import { tenants } from "../db/schema.ts";
import type { Vault } from "../security/vault.ts";
import type { Field } from "./patch.ts";

interface SecretColumns {
  webhookSecret?: string | null;
  webhookSecretPrevious?: SQL | null;
  webhookSecretPreviousUntil?: SQL | null;
}

/** No secret, neither now nor from before. */
const NONE: SecretColumns = { webhookSecret: null, webhookSecretPrevious: null, webhookSecretPreviousUntil: null };

/** A new secret, sealed, in the place of the stored one, which signs too until `until` (Unix ms; null: no longer). */
export function replaced(webhookSecret: string, until: number | null): SecretColumns {
  if (until === null) return { ...NONE, webhookSecret };
  return {
    webhookSecret,
    webhookSecretPrevious: sql`${tenants.webhookSecret}`,
    webhookSecretPreviousUntil: sql`case when ${tenants.webhookSecret} is not null then ${until} end`,
  };
}

/** The columns that a patch of the secret changes: none where it is the stored one again. */
export async function changedSecret(
  db: Database,
  vault: Vault,
  { id, secret, until }: { id: string; secret: Field<string>; until: number | null },
): Promise<SecretColumns> {
  if (secret === undefined) return {};
  if (secret === null) return NONE;
  const [row] = await db.orm.select({ stored: tenants.webhookSecret }).from(tenants).where(eq(tenants.id, id));
  const stored = row?.stored ?? null;
  if (stored !== null && (await isSame(vault, stored, secret))) return {};
  const columns = replaced(await vault.seal(secret), until);
  if (until === null) return columns;
  // Workers of an application that start together save the same secret at once: the second must not push the old one out.
  const unlessSaved = (change: SQL | null | undefined, kept: SQL) =>
    sql`case when ${tenants.webhookSecret} is ${stored} then ${change} else ${kept} end`;
  return {
    ...columns,
    webhookSecretPrevious: unlessSaved(columns.webhookSecretPrevious, sql`${tenants.webhookSecretPrevious}`),
    webhookSecretPreviousUntil: unlessSaved(
      columns.webhookSecretPreviousUntil,
      sql`${tenants.webhookSecretPreviousUntil}`,
    ),
  };
}

/** Sealing the same text twice gives two: only opened ones can be compared. One that another key has sealed is none of ours. */
function isSame(vault: Vault, stored: string, secret: string): Promise<boolean> {
  return vault.open(stored).then(
    (opened) => opened === secret,
    () => false,
  );
}
