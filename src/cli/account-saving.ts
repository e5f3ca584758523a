/** The commands that add and change an account: by flags, or by questions where none is given at a terminal. */
import type { Command } from "commander";
import { AccountInput } from "../api/schemas/account.ts";
import type { Database } from "../db/database.ts";
import { findAccount } from "../tenancy/accounts.ts";
import { SANDBOX_HOST } from "../tenancy/sandbox.ts";
import { ACCOUNT_FLAGS } from "./account-flags.ts";
import { walkThroughAccount } from "./account-walk.ts";
import { atTerminal, required, requiredSecret } from "./ask.ts";
import { Failure } from "./exit.ts";
import { addFlags, checked, faultOf, givenFields } from "./flags.ts";
import { print, warn } from "./output.ts";
import { pickAccount } from "./pick.ts";
import { settingsOf } from "./settings.ts";
import type { TenantScope } from "./tenant-scope.ts";
import { noSuchAccount } from "./unknown.ts";
import { wake } from "./wake.ts";

const ADD_EXAMPLES = `
Examples:
  accounts add                         asks for everything, at a terminal
  accounts add main --host smtp.example.com --user shop@example.com --password - < password-file
  accounts add relay --host 10.0.0.25 --port 25 --no-tls --limit-hour 500`;

const UPDATE_EXAMPLES = `
Examples:
  accounts update main --limit-hour 1000
  accounts update main --limit-hour ""         no limit any more`;

export function addAccountSaving(accounts: Command, scope: TenantScope): void {
  const add = accounts.command("add [id]").description("a new account").option("--id <id>", "the same");
  addFlags(add, ACCOUNT_FLAGS)
    .addHelpText("after", ADD_EXAMPLES)
    .action((given: string | undefined, options: { id?: string }, command: Command) =>
      addAccount(scope, given ?? options.id, command),
    );

  const update = accounts.command("update [id]").description("what is not given stays; an empty value clears");
  addFlags(update, ACCOUNT_FLAGS)
    .addHelpText("after", UPDATE_EXAMPLES)
    .action(async (given: string | undefined, _options: unknown, command: Command) => {
      const id = await pickAccount(given, scope);
      const { tenantId, instance, withTenantApi } = scope;
      const body = { ...(await givenFields(command, ACCOUNT_FLAGS)), id, tenant_id: tenantId };
      checked(AccountInput, body, ACCOUNT_FLAGS);
      await withTenantApi(async (call, { db }) => {
        if ((await findAccount(db, tenantId, id)) === undefined) throw await noSuchAccount(db, tenantId, id);
        await call("POST", "/account", { body, flags: ACCOUNT_FLAGS });
      });
      await wake(instance);
      print(`account ${id} is updated`);
    });
}

async function addAccount(scope: TenantScope, given: string | undefined, command: Command): Promise<void> {
  const { tenantId, instance, withTenant, withTenantApi } = scope;
  const fields = await givenFields(command, ACCOUNT_FLAGS);
  const isAsked = Object.keys(fields).length === 0 && atTerminal();
  if (isAsked) await withTenant(async () => undefined); // before anything is asked in vain
  const id = await required(given, "the account's id", "Id of the account", {
    standard: "default",
    fault: (answer) => faultOf(AccountInput.entries.id, answer),
  });
  if (isAsked) await withTenant(({ db }) => refuseIfThere(db, tenantId, id));
  const told = isAsked ? await walkThroughAccount(standardHost(scope)) : await completed(fields);
  const body = { ...told, id, tenant_id: tenantId };
  checked(AccountInput, body, ACCOUNT_FLAGS);
  await withTenantApi(async (call, { db }) => {
    await refuseIfThere(db, tenantId, id);
    await call("POST", "/account", { body, flags: ACCOUNT_FLAGS });
  });
  print(`account ${id} is added`);
  if (isAsked) warn(`Try it with: mail-proxy ${instance.name} ${tenantId} accounts test ${id}`);
}

function standardHost({ instance }: TenantScope): string | undefined {
  return settingsOf(instance).sandbox ? SANDBOX_HOST : undefined;
}

async function refuseIfThere(db: Database, tenantId: string, id: string): Promise<void> {
  if (await findAccount(db, tenantId, id)) {
    throw new Failure(`there is an account ${id} already; change it with: accounts update ${id}`);
  }
}

/** Without a host there is no account, and a user without a password cannot log in. */
async function completed(fields: Record<string, unknown>): Promise<Record<string, unknown>> {
  const { entries } = AccountInput;
  const host = await required(asText(fields.host), "--host", "SMTP server", {
    fault: (answer) => faultOf(entries.host, answer),
  });
  const user = asText(fields.user);
  if (user === undefined) return { ...fields, host };
  const password = await requiredSecret(asText(fields.password), "--password", `Password of ${user}`, (answer) =>
    faultOf(entries.password, answer),
  );
  return { ...fields, host, password };
}

function asText(given: unknown): string | undefined {
  return typeof given === "string" ? given : undefined;
}
