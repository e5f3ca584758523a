/** Takes over the accounts of tenants that are here by now. */
import { AccountInput } from "../../api/schemas/account.ts";
import { findAccount } from "../../tenancy/accounts.ts";
import { findTenant } from "../../tenancy/tenants.ts";
import { convertAccount, ownerOf } from "./account-row.ts";
import { fitting } from "./fields.ts";
import { type Import, save } from "./import.ts";
import type { Fields } from "./source.ts";

export async function importAccount(into: Import, row: Fields): Promise<void> {
  const { core, open, planned, tally } = into;
  const tenantId = ownerOf(row);
  const id = String(row.id);
  const shown = `${tenantId}/${id}`;
  if ((await findAccount(core.db, tenantId, id)) !== undefined) return tally.there("accounts");
  const tenant = await findTenant(core.db, tenantId);
  const owner = planned.get(tenantId) ?? (tenant && { id: tenantId, active: tenant.active, accounts: new Map() });
  if (owner === undefined) return tally.leftOut("accounts", shown, "its tenant is not here");
  const converted = fitting(AccountInput, await convertAccount(row, open), ["id", "tenant_id", "host"]);
  if ("refused" in converted) return tally.leftOut("accounts", shown, converted.refused);
  const refused = await save(into, "/account", converted.body);
  if (refused !== undefined) return tally.leftOut("accounts", shown, refused);
  const unset = { fromAddress: null, priority: null, allowedSenders: null };
  const host = String(converted.body.host);
  owner.accounts.set(id, { key: -1, tenantId, id, host, ...unset, tenantSenders: tenant?.allowedSenders ?? null });
  planned.set(tenantId, owner);
  tally.taken("accounts");
  tally.incomplete("accounts", shown, converted.lost);
}
