/** Takes over tenants, with the keys by which their applications know them. */
import { TenantInput } from "../../api/schemas/tenant.ts";
import { type AdoptedKey, adoptApiKey } from "../../tenancy/keys.ts";
import { awaitKey, endAwaitingKey, isKeyAwaited } from "../../tenancy/takeover.ts";
import { findTenant } from "../../tenancy/tenants.ts";
import { fitting } from "./fields.ts";
import { type Import, save } from "./import.ts";
import type { Fields } from "./source.ts";
import { convertTenant, keyOf } from "./tenant-row.ts";

/** `row` has the id alone of a tenant that only its accounts name. */
export async function importTenant(into: Import, row: Fields): Promise<void> {
  const { core, open, planned, tally, dryRun } = into;
  const id = String(row.id);
  const key = keyOf(row);
  const there = await findTenant(core.db, id);
  if (there !== undefined) {
    tally.there("tenants");
    const isCutShort = there.apiKeyHash === null && (await isKeyAwaited(core.db, id));
    if (key !== undefined && isCutShort) await adopt(into, id, key);
    return;
  }
  const converted = fitting(TenantInput, await convertTenant(row, open), ["id"]);
  if ("refused" in converted) return tally.leftOut("tenants", id, converted.refused);
  if (key !== undefined && !dryRun) await awaitKey(core.db, id, core.ports.now());
  const refused = await save(into, "/tenant", converted.body);
  if (refused !== undefined) return tally.leftOut("tenants", id, refused);
  planned.set(id, { id, active: converted.body.active !== false, accounts: new Map() });
  tally.taken("tenants");
  tally.incomplete("tenants", id, converted.lost);
  if (key !== undefined) await adopt(into, id, key);
  else if (row.api_key_hash) tally.incomplete("tenants", id, ["its key: is not of a known form"]);
}

async function adopt({ core, tally, dryRun }: Import, id: string, key: AdoptedKey): Promise<void> {
  if (dryRun) return;
  const isItsOwn = await adoptApiKey(core.db, id, key, core.ports.now());
  await endAwaitingKey(core.db, id);
  if (!isItsOwn) tally.incomplete("tenants", id, ["its key: opens another tenant here"]);
}
