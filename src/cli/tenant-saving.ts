/** The commands that add and change a tenant: by flags, or by questions where none is given at a terminal. */
import type { Command } from "commander";
import { TenantInput } from "../api/schemas/tenant.ts";
import type { Database } from "../db/database.ts";
import { findTenant } from "../tenancy/tenants.ts";
import { segment, withApi } from "./api-call.ts";
import { atTerminal, required } from "./ask.ts";
import { withCore } from "./core.ts";
import { Failure, UsageError } from "./exit.ts";
import { addFlags, checked, faultOf, givenFields } from "./flags.ts";
import type { Instance } from "./home.ts";
import { print, warn } from "./output.ts";
import { pickTenant } from "./pick.ts";
import { TENANT_FLAGS } from "./tenant-flags.ts";
import { walkThroughTenant } from "./tenant-walk.ts";
import { noSuchTenant } from "./unknown.ts";

const ADD_EXAMPLES = `
Examples:
  tenants add                          asks for everything, at a terminal
  tenants add shop --base-url https://shop.example.com --auth-method bearer --auth-token - < token-file
  tenants add crm --name CRM --limit-hour 1000`;

const UPDATE_EXAMPLES = `
Examples:
  tenants update shop --no-active
  tenants update shop --store invoices=file:///srv/invoices --store old=`;

export function addTenantSaving(tenants: Command, instance: Instance): void {
  addFlags(tenants.command("add [id]").description("a new tenant"), TENANT_FLAGS)
    .addHelpText("after", ADD_EXAMPLES)
    .action((given: string | undefined, _options: unknown, command: Command) => addTenant(instance, given, command));

  addFlags(tenants.command("update [id]").description("what is not given stays; an empty value clears"), TENANT_FLAGS)
    .addHelpText("after", UPDATE_EXAMPLES)
    .action(async (given: string | undefined, _options: unknown, command: Command) => {
      const id = await pickTenant(given, instance);
      const body = { ...(await givenFields(command, TENANT_FLAGS)), id };
      checked(TenantInput, body, TENANT_FLAGS);
      await withApi(instance, async (call, { db }) => {
        if ((await findTenant(db, id)) === undefined) throw await noSuchTenant(db, id);
        await call("PUT", `/tenant/${segment(id)}`, { body, flags: TENANT_FLAGS });
      });
      print(`tenant ${id} is updated`);
    });
}

async function addTenant(instance: Instance, given: string | undefined, command: Command): Promise<void> {
  const fields = await givenFields(command, TENANT_FLAGS);
  const isAsked = Object.keys(fields).length === 0 && atTerminal();
  const idFault = (answer: string) => unreachable(command, answer) ?? faultOf(TenantInput.entries.id, answer);
  const id = await required(given, "the tenant's id", "Id of the tenant", { fault: idFault });
  const unusable = unreachable(command, id);
  if (unusable !== undefined) throw new UsageError(`${id} ${unusable}`);
  if (isAsked) await withCore(instance, ({ db }) => refuseIfThere(db, id)); // before the rest is asked in vain
  const body = { ...(isAsked ? await walkThroughTenant(id) : fields), id };
  checked(TenantInput, body, TENANT_FLAGS);
  await withApi(instance, async (call, { db }) => {
    await refuseIfThere(db, id);
    await call("POST", "/tenant", { body, flags: TENANT_FLAGS });
  });
  print(`tenant ${id} is added`);
  if (isAsked) warn(`Give it an SMTP account with: mail-proxy ${instance.name} ${id} accounts add`);
}

/** `mail-proxy NAME TENANT ...` and `mail-proxy NAME COMMAND ...` are told apart by that word alone. */
function unreachable(add: Command, id: string): string | undefined {
  const commands = add.parent?.parent?.commands ?? [];
  const isCommand = id === "help" || commands.some((each) => each.name() === id);
  return isCommand ? "is a command and cannot name a tenant on the command line" : undefined;
}

async function refuseIfThere(db: Database, id: string): Promise<void> {
  if (await findTenant(db, id))
    throw new Failure(`there is a tenant ${id} already; change it with: tenants update ${id}`);
}
