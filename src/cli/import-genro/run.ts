/**
 * Takes over what the reference's database holds, through the API in this process, so that all of it is checked, done and
 * logged as calls over HTTP are; what is here already stays as it is, so that an import can be repeated.
 *
 * 1. tenants   also those that only an account names
 * 2. accounts
 * 3. messages that wait
 */
import { Failure } from "../exit.ts";
import { ownerOf } from "./account-row.ts";
import { importAccount } from "./accounts.ts";
import type { Import } from "./import.ts";
import { importMessages } from "./messages.ts";
import type { Source } from "./source.ts";
import { importTenant } from "./tenants.ts";

export interface Wishes {
  source: Source;
  /** Tenants and accounts alone, where not. */
  messages: boolean;
  /** Takes how many messages were looked at. */
  looked(count: number): void;
}

/** Throws Failure where neither a tenant of the file nor an account is of this one. */
export async function checkTenant(source: Source, tenantId: string): Promise<void> {
  const ids = (await source.tenants()).map(({ id }) => String(id));
  const owners = (await source.accounts()).map(ownerOf);
  if (![...ids, ...owners].includes(tenantId))
    throw new Failure(`--tenant: there is no tenant ${tenantId} in that file`);
}

export async function importAll(into: Import, { source, messages, looked }: Wishes): Promise<void> {
  const isMeant = (tenantId: string) => into.only === undefined || tenantId === into.only;
  const tenants = await source.tenants();
  const accounts = await source.accounts();
  const named = new Set(tenants.map(({ id }) => String(id)));
  const unnamed = new Set(accounts.map(ownerOf).filter((id) => !named.has(id)));
  for (const row of [...tenants, ...[...unnamed].map((id) => ({ id }))])
    if (isMeant(String(row.id))) await importTenant(into, row);
  for (const row of accounts) if (isMeant(ownerOf(row))) await importAccount(into, row);
  if (!messages) return;
  // Older versions know an account by its id alone.
  const ids = new Map(accounts.flatMap(({ pk, id }) => (pk === undefined ? [] : [[pk, String(id)]])));
  await importMessages(into, { rows: source.pending(), accounts: ids, looked });
}
