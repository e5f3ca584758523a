/** Whose affairs a page is about: a key's own tenant, or the one that the admin chooses. */
import type { Context } from "hono";
import type { DashboardEnv } from "../env.ts";

export interface Choice {
  /** Undefined where there is no tenant yet. */
  tenantId: string | undefined;
  /** What the admin may choose from; a key has nothing to choose. */
  tenants: readonly string[];
}

/** As the address says (`tenant_id`), else the first. */
export async function chosenTenant(c: Context<DashboardEnv>): Promise<Choice> {
  const choice = await oneOrAll(c);
  return { ...choice, tenantId: choice.tenantId ?? choice.tenants[0] };
}

/** As the address says (`tenant_id`), else all of them, which is undefined. */
export async function oneOrAll(c: Context<DashboardEnv>): Promise<Choice> {
  const { api, visitor } = c.var;
  if (visitor.caller.kind === "tenant") return { tenantId: visitor.caller.tenantId, tenants: [] };
  const { tenants } = await api.tenants.list();
  return { tenantId: c.req.query("tenant_id") || undefined, tenants: tenants.map(({ id }) => id) };
}

/** A field of a form that filters; of a key's page nothing. `all`: what it is called to choose none. */
export function TenantChoice({ tenantId, tenants, all }: Choice & { all?: string }) {
  if (tenants.length === 0) return null;
  return (
    <div class="field">
      <label for="tenant_id">Tenant</label>
      <select id="tenant_id" name="tenant_id">
        {all !== undefined && <option value="">{all}</option>}
        {tenants.map((id) => (
          <option value={id} selected={id === tenantId}>
            {id}
          </option>
        ))}
      </select>
    </div>
  );
}

/** Where there is none, nothing else can be shown. */
export function NoTenant() {
  return (
    <p>
      There is no tenant yet: <a href="/dashboard/tenants">add one</a> first.
    </p>
  );
}
