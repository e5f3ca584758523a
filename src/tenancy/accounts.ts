/** SMTP accounts as they stand on the database; saving them is accounts-save.ts's, taking them away removal.ts's. */
import type { Row } from "@libsql/client";
import { and, asc, eq, getTableColumns, isNull, type SQL } from "drizzle-orm";
import type { Database } from "../db/database.ts";
import { accounts } from "../db/schema.ts";
import { AppError } from "../errors.ts";
import type { Vault } from "../security/vault.ts";

export type Account = typeof accounts.$inferSelect;

/** All that sending needs, the password opened. */
export type AccountSettings = Omit<Account, "imapPassword">;

export async function findAccount(db: Database, tenantId: string, accountId: string): Promise<Account | undefined> {
  const [account] = await db.orm.select().from(accounts).where(isAccount(tenantId, accountId));
  return account;
}

/** By tenant and id; those of one tenant, or all. */
export function listAccounts(db: Database, tenantId?: string): Promise<Account[]> {
  const ofTenant = tenantId === undefined ? undefined : eq(accounts.tenantId, tenantId);
  return db.orm
    .select()
    .from(accounts)
    .where(and(isNull(accounts.deletedAt), ofTenant))
    .orderBy(asc(accounts.tenantId), asc(accounts.id));
}

/** Throws where the account is gone, or where its password was sealed with another key. */
export async function loadAccount(db: Database, vault: Vault, key: number): Promise<AccountSettings> {
  const [account] = await db.orm
    .select()
    .from(accounts)
    .where(and(eq(accounts.key, key), isNull(accounts.deletedAt)));
  if (account === undefined) throw new AppError("not_found", "the account was deleted");
  return opened(vault, account);
}

/** Throws where its password was sealed with another key. */
export async function opened(vault: Vault, account: Account): Promise<AccountSettings> {
  const { imapPassword: _, ...settings } = account;
  return { ...settings, password: settings.password && (await vault.open(settings.password)) };
}

/** The account in a row of `select * from accounts`, for statements that travel in a batch with others. */
export function accountOf(row: Row): Account {
  const fields = Object.entries(getTableColumns(accounts)).map(([field, column]) => {
    const value = row[column.name];
    return [field, value === null || value === undefined ? null : column.mapFromDriverValue(value)];
  });
  return Object.fromEntries(fields) as Account;
}

/** SQL: the account that a tenant knows by this id; deleted ones have none. */
export function isAccount(tenantId: string, accountId: string): SQL | undefined {
  return and(eq(accounts.tenantId, tenantId), eq(accounts.id, accountId), isNull(accounts.deletedAt));
}

export function unknownAccount(tenantId: string, accountId: string): AppError {
  return new AppError("not_found", `tenant ${tenantId} has no account ${accountId}`);
}
