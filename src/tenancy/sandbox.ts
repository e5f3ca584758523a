/** The tenant and the account of the first start, so that the very first message ends in a delivered mail. */
import { batch, type Database } from "../db/database.ts";

/** An account with this host delivers to the inbox of the proxy itself. */
export const SANDBOX_HOST = "sandbox";

// Where other tenants are, one more would make theirs ambiguous; where `default` has or had accounts, they are its owner's matter.
const MAKE_TENANT = `
  insert into tenants (id, name, created_at, updated_at)
  select 'default', 'Sandbox', :now, :now where not exists (select 1 from tenants)
  on conflict do nothing`;

const MAKE_ACCOUNT = `
  insert into accounts (tenant_id, id, host, port, tls, created_at, updated_at)
  select t.id, 'default', :host, 25, 'none', :now, :now from tenants t
  where t.id = 'default' and not exists (select 1 from accounts a where a.tenant_id = t.id)
  on conflict do nothing`;

/** Makes what is missing; safe to repeat, and when two processes start together. */
export async function ensureSandbox(db: Database, now: number): Promise<void> {
  await batch(db, [
    { sql: MAKE_TENANT, args: { now } },
    { sql: MAKE_ACCOUNT, args: { host: SANDBOX_HOST, now } },
  ]);
}
