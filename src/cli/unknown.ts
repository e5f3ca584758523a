/** What is told of a tenant or an account that is not there: with the nearest one that is. */
import type { Database } from "../db/database.ts";
import { listAccounts } from "../tenancy/accounts.ts";
import { listTenants } from "../tenancy/tenants.ts";
import { Failure } from "./exit.ts";
import { didYouMean } from "./nearest.ts";

export async function noSuchTenant(db: Database, tenantId: string): Promise<Failure> {
  const ids = (await listTenants(db)).map(({ id }) => id);
  return new Failure(`there is no tenant ${tenantId}${didYouMean(tenantId, ids)}`);
}

export async function noSuchAccount(db: Database, tenantId: string, accountId: string): Promise<Failure> {
  const ids = (await listAccounts(db, tenantId)).map(({ id }) => id);
  return new Failure(`tenant ${tenantId} has no account ${accountId}${didYouMean(accountId, ids)}`);
}
