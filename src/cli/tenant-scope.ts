/** What the commands on one tenant work with: its name, its instance's database, and the API on it. */
import type { Core } from "../core.ts";
import { findTenant } from "../tenancy/tenants.ts";
import { type Call, withApi } from "./api-call.ts";
import { type WithTenant, withTenantOf } from "./core.ts";
import type { Instance } from "./home.ts";
import { noSuchTenant } from "./unknown.ts";

export interface TenantScope {
  instance: Instance;
  tenantId: string;
  /** On the database, once it is certain that the tenant is there. */
  withTenant: WithTenant;
  /** The same through the API, for what changes something. */
  withTenantApi<T>(work: (call: Call, core: Core) => Promise<T>): Promise<T>;
}

export function tenantScope(instance: Instance, tenantId: string): TenantScope {
  return {
    instance,
    tenantId,
    withTenant: withTenantOf(instance, tenantId),
    withTenantApi: (work) =>
      withApi(instance, async (call, core) => {
        if ((await findTenant(core.db, tenantId)) === undefined) throw await noSuchTenant(core.db, tenantId);
        return work(call, core);
      }),
  };
}
