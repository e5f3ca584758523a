/** The commands on the SMTP accounts of a tenant: `mail-proxy NAME TENANT accounts ...`. */
import type { Command } from "commander";
import type { Core } from "../core.ts";
import { type Account, findAccount, listAccounts } from "../tenancy/accounts.ts";
import { accountUsage, NO_USAGE } from "../tenancy/usage.ts";
import { type AccountView, accountView } from "../tenancy/views.ts";
import { addAccountHealth } from "./account-health.ts";
import { addAccountSaving } from "./account-saving.ts";
import { segment } from "./api-call.ts";
import { agreed } from "./ask.ts";
import { addFormats, type Format, print, printFields, printList } from "./output.ts";
import { pickAccount } from "./pick.ts";
import type { TenantScope } from "./tenant-scope.ts";
import { noSuchAccount } from "./unknown.ts";

export function addAccountCommands(program: Command, scope: TenantScope): void {
  const accounts = program.command("accounts").description("the SMTP accounts that the tenant sends through");
  addReading(accounts, scope);
  addAccountSaving(accounts, scope);
  addDeleting(accounts, scope);
  addAccountHealth(accounts, scope);
}

const COLUMNS = ["id", "host", "port", "tls", "user", "state", "sent_last_day", "last_error"] as const;

function addReading(accounts: Command, scope: TenantScope): void {
  const { tenantId, withTenant } = scope;
  addFormats(accounts.command("list").description("all accounts, with their health")).action(async (format: Format) => {
    const found = await withTenant(async (core) => views(core, await listAccounts(core.db, tenantId)));
    const rows = found.map((account) => Object.fromEntries(COLUMNS.map((name) => [name, account[name]])));
    printList(
      {
        ...{ things: found, rows, columns: COLUMNS },
        none: `tenant ${tenantId} has no accounts yet; add one with: accounts add`,
        spare: ["sent_last_day", "user", "tls", "port"],
      },
      format,
    );
  });

  addFormats(accounts.command("show [id]").description("one account")).action(
    async (given: string | undefined, format: Format) => {
      const id = await pickAccount(given, scope);
      const [account] = await withTenant(async (core) => views(core, [await existing(core, tenantId, id)]));
      printFields({ ...account }, format);
    },
  );
}

function addDeleting(accounts: Command, scope: TenantScope): void {
  const { tenantId, withTenant, withTenantApi } = scope;
  accounts
    .command("delete [id]")
    .description("refused while messages wait for it, unless forced")
    .option("--force", "without being asked, and whatever waits")
    .action(async (given: string | undefined, { force = false }: { force?: boolean }) => {
      const id = await pickAccount(given, scope);
      if (!force) await withTenant((core) => existing(core, tenantId, id));
      await agreed(`Delete the account ${id}?`, force);
      const failed = await withTenantApi(async (call, core) => {
        await existing(core, tenantId, id);
        const query = { tenant_id: tenantId, force };
        return Number((await call("DELETE", `/account/${segment(id)}`, { query })).failed_messages);
      });
      print(`account ${id} is deleted${failed > 0 ? `, and its waiting messages have failed: ${failed}` : ""}`);
    });
}

async function existing({ db }: Core, tenantId: string, id: string): Promise<Account> {
  return (await findAccount(db, tenantId, id)) ?? Promise.reject(await noSuchAccount(db, tenantId, id));
}

async function views({ db, ports }: Core, accounts: Account[]): Promise<AccountView[]> {
  const now = ports.now();
  const usage = await accountUsage(
    db,
    accounts.map(({ key }) => key),
    now,
  );
  return accounts.map((account) => accountView(account, usage.get(account.key) ?? NO_USAGE, now));
}
