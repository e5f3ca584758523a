/** What of a tenant matters for its attachments: where its application hands them out, its stores, its rule for large files. */
import { eq } from "drizzle-orm";
import type { Database } from "../db/database.ts";
import { tenants } from "../db/schema.ts";

export type AttachmentTenant = NonNullable<Awaited<ReturnType<typeof loadTenant>>>;

/** Secrets are sealed. Undefined where the tenant is gone. */
export async function loadTenant(db: Database, tenantId: string) {
  const [tenant] = await db.orm
    .select({
      baseUrl: tenants.clientBaseUrl,
      path: tenants.clientAttachmentPath,
      format: tenants.attachmentFormat,
      auth: tenants.clientAuth,
      publicOnly: tenants.publicOnly,
      stores: tenants.stores,
      largeFileConfig: tenants.largeFileConfig,
    })
    .from(tenants)
    .where(eq(tenants.id, tenantId));
  return tenant;
}
