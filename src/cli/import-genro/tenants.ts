/** Takes over tenants, with the keys by which their applications know them. */
import { TenantInput } from "../../api/schemas/tenant.ts";
import { adoptApiKey } from "../../tenancy/keys.ts";
import { findTenant } from "../../tenancy/tenants.ts";
import { fitting } from "./fields.ts";
import { type Import, save } from "./import.ts";
import type { Fields } from "./source.ts";
import { convertTenant, keyOf } from "./tenant-row.ts";

/** `row` has the id alone of a tenant that only its accounts name. */
export async function importTenant(into: Import, row: Fields): Promise<void> {
  const { core, open, planned, tally, dryRun } = into;
  const id = String(row.id);
  if ((await findTenant(core.db, id)) !== undefined) return tally.there("tenants");
  const converted = fitting(TenantInput, await convertTenant(row, open), ["id"]);
  if ("refused" in converted) return tally.leftOut("tenants", id, converted.refused);
  const refused = await save(into, "/tenant", converted.body);
  if (refused !== undefined) return tally.leftOut("tenants", id, refused);
  planned.set(id, { id, active: converted.body.active !== false, accounts: new Map() });
  tally.taken("tenants");
  tally.incomplete("tenants", id, converted.lost);

  const key = keyOf(row);
  if (key === undefined && row.api_key_hash) tally.incomplete("tenants", id, ["its key: is not of a known form"]);
  if (key === undefined || dryRun) return;
  const isItsOwn = await adoptApiKey(core.db, id, key, core.ports.now());
  if (!isItsOwn) tally.incomplete("tenants", id, ["its key: opens another tenant here"]);
}
