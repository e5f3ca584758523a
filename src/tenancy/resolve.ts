/** Which tenant and account a message means, where it names both, one or neither: a pure decision. */

/** An account as far as a message on its way in needs it. */
export interface KnownAccount {
  key: number;
  tenantId: string;
  id: string;
  host: string;
  fromAddress: string | null;
  priority: number | null;
  /** Who may be its sender (addresses/senders.ts), and its tenant's: both hold; null is anybody. */
  allowedSenders: readonly string[] | null;
  tenantSenders: readonly string[] | null;
}

export interface KnownTenant {
  id: string;
  active: boolean;
  accounts: ReadonlyMap<string, KnownAccount>;
}

export type Known = ReadonlyMap<string, KnownTenant>;

/** What a message names; for a tenant's key the tenant is always named. */
export interface Wanted {
  tenantId?: string | undefined;
  accountId?: string | undefined;
}

export type Resolution = { account: KnownAccount } | { rejected: string };

/** An account that is meant where none is named. */
export const DEFAULT_ACCOUNT = "default";

export function resolveAccount(known: Known, wanted: Wanted): Resolution {
  const tenant = resolveTenant(known, wanted);
  if ("rejected" in tenant) return tenant;
  if (!tenant.active) return { rejected: `tenant ${tenant.id} is not active` };
  if (wanted.accountId === undefined) return defaultAccount(tenant);
  const account = tenant.accounts.get(wanted.accountId);
  return account ? { account } : { rejected: `tenant ${tenant.id} has no account ${wanted.accountId}` };
}

function resolveTenant(known: Known, { tenantId, accountId }: Wanted): KnownTenant | { rejected: string } {
  if (tenantId !== undefined) return known.get(tenantId) ?? { rejected: `there is no tenant ${tenantId}` };
  const [only, another] = known.values();
  if (only === undefined) return { rejected: "there is no tenant" };
  if (another === undefined) return only;
  if (accountId === undefined) return { rejected: "tenant_id is required: there is more than one tenant" };
  const [owner, rival] = [...known.values()].filter(({ accounts }) => accounts.has(accountId));
  if (owner === undefined) return { rejected: `no tenant has an account ${accountId}` };
  return rival === undefined
    ? owner
    : { rejected: `tenant_id is required: several tenants have an account ${accountId}` };
}

function defaultAccount({ id, accounts }: KnownTenant): Resolution {
  const [only, another] = accounts.values();
  const account = accounts.get(DEFAULT_ACCOUNT) ?? (another === undefined ? only : undefined);
  if (account !== undefined) return { account };
  if (only === undefined) return { rejected: `tenant ${id} has no account` };
  return {
    rejected: `account_id is required: tenant ${id} has several accounts and none of them is ${DEFAULT_ACCOUNT}`,
  };
}
