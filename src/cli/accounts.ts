/** The commands on the SMTP accounts of a tenant: `mail-proxy NAME TENANT accounts ...`. */
import type { Command } from "commander";
import { AccountInput } from "../api/schemas/account.ts";
import type { Core } from "../app.ts";
import { failWaiting } from "../queue/remove.ts";
import { type Account, findAccount, listAccounts, unknownAccount } from "../tenancy/accounts.ts";
import { updateAccount, upsertAccount } from "../tenancy/accounts-save.ts";
import { deleteAccount } from "../tenancy/removal.ts";
import { accountUsage, NO_USAGE } from "../tenancy/usage.ts";
import { type AccountView, accountView } from "../tenancy/views.ts";
import { ACCOUNT_FLAGS } from "./account-flags.ts";
import { agreed, required, requiredSecret, secretFromInput } from "./ask.ts";
import type { WithTenant } from "./core.ts";
import { Failure } from "./exit.ts";
import { addFlags, checked, givenFields } from "./flags.ts";
import { print, printFields, printJson, printRows } from "./output.ts";

interface JsonOption {
  json?: boolean;
}

export function addAccountCommands(program: Command, tenantId: string, withTenant: WithTenant): void {
  const accounts = program.command("accounts").description("the SMTP accounts that the tenant sends through");
  addReading(accounts, tenantId, withTenant);
  addSaving(accounts, tenantId, withTenant);

  accounts
    .command("delete <id>")
    .description("refused while messages wait for it, unless forced")
    .option("--force", "without being asked, and whatever waits")
    .action(async (id: string, { force = false }: { force?: boolean }) => {
      await agreed(`Delete the account ${id}?`, force);
      const failed = await withTenant(async ({ db, config, ports }) => {
        const key = await deleteAccount(db, tenantId, id, { force }, ports.now());
        return failWaiting(db, key, "account deleted", ports.now(), config.retentionSeconds * 1000);
      });
      print(`account ${id} is deleted${failed > 0 ? `, and its waiting messages have failed: ${failed}` : ""}`);
    });
}

function addReading(accounts: Command, tenantId: string, withTenant: WithTenant): void {
  accounts
    .command("list")
    .description("all accounts, with their health")
    .option("--json", "as JSON")
    .action(async ({ json }: JsonOption) => {
      const found = await withTenant(async (core) => views(core, await listAccounts(core.db, tenantId)));
      if (json) return printJson(found);
      const rows = found.map(({ id, host, port, tls, user, state, sent_last_day, last_error }) => {
        return { id, host, port, tls, user, state, sent_last_day, last_error };
      });
      printRows(rows, `tenant ${tenantId} has no accounts yet`);
    });

  accounts
    .command("show <id>")
    .description("one account")
    .option("--json", "as JSON")
    .action(async (id: string, { json }: JsonOption) => {
      const [account] = await withTenant(async (core) => {
        const found = await findAccount(core.db, tenantId, id);
        return views(core, found === undefined ? [] : [found]);
      });
      if (account === undefined) throw unknownAccount(tenantId, id);
      printFields(account, json);
    });
}

function addSaving(accounts: Command, tenantId: string, withTenant: WithTenant): void {
  addFlags(
    accounts.command("add [id]").description("a new account").option("--id <id>", "the same"),
    ACCOUNT_FLAGS,
  ).action(async (given: string | undefined, options: { id?: string }, command: Command) => {
    const id = await required(given ?? options.id, "the account's id", "Id of the account");
    const body = checked(AccountInput, { ...(await completed(await accountFields(command))), id });
    await withTenant(async ({ db, vault, ports }) => {
      if (await findAccount(db, tenantId, id)) {
        throw new Failure(`there is an account ${id} already; change it with: update`);
      }
      await upsertAccount(db, vault, tenantId, body, ports.now());
    });
    print(`account ${id} is added`);
  });

  const update = accounts.command("update <id>").description("what is not given stays; an empty value clears");
  addFlags(update, ACCOUNT_FLAGS).action(async (id: string, _options: unknown, command: Command) => {
    const body = checked(AccountInput, { ...(await accountFields(command)), id });
    await withTenant(({ db, vault, ports }) => updateAccount(db, vault, tenantId, body, ports.now()));
    print(`account ${id} is updated`);
  });
}

async function accountFields(command: Command): Promise<Record<string, unknown>> {
  const fields = givenFields(command, ACCOUNT_FLAGS);
  if (fields.password !== "-") return fields;
  return { ...fields, password: await secretFromInput("--password", "Password") };
}

/** Without a host there is no account, and a user without a password cannot log in. */
async function completed(fields: Record<string, unknown>): Promise<Record<string, unknown>> {
  const host = await required(asText(fields.host), "--host", "SMTP server");
  const user = asText(fields.user);
  if (user === undefined) return { ...fields, host };
  return {
    ...fields,
    host,
    password: await requiredSecret(asText(fields.password), "--password", `Password of ${user}`),
  };
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

function asText(given: unknown): string | undefined {
  return typeof given === "string" ? given : undefined;
}
