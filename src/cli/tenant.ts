/** The commands on one tenant: `mail-proxy NAME TENANT ...`. */
import { Command } from "commander";
import { findTenant } from "../tenancy/tenants.ts";
import { addAccountCommands } from "./accounts.ts";
import { withCore, withTenantOf } from "./core.ts";
import { UsageError } from "./exit.ts";
import type { Instance } from "./home.ts";
import { addMessageCommands } from "./messages.ts";

const HELP = ["help", "--help", "-h"];

export function tenantProgram(instance: Instance, tenantId: string): Command {
  const program = new Command(`mail-proxy ${instance.name} ${tenantId}`).exitOverride();
  const withTenant = withTenantOf(instance, tenantId);
  addAccountCommands(program, tenantId, withTenant);
  addMessageCommands(program, tenantId, withTenant);
  return program;
}

/** Runs `mail-proxy NAME TENANT words...`; without a command behind it, a word may as well be a mistyped command. */
export async function runForTenant(instance: Instance, word: string, words: string[]): Promise<void> {
  const program = tenantProgram(instance, word);
  const known = [...program.commands.map((command) => command.name()), ...HELP];
  if (!known.includes(words[0] ?? "")) await refuseUnlessTenant(instance, word);
  await program.parseAsync(words, { from: "user" });
}

async function refuseUnlessTenant(instance: Instance, word: string): Promise<void> {
  const tenant = await withCore(instance, ({ db }) => findTenant(db, word));
  if (tenant === undefined) throw new UsageError(`${word} is neither a command nor a tenant of ${instance.name}`);
}
