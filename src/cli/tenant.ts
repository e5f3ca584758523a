/** The commands on one tenant: `mail-proxy NAME TENANT ...`. */
import { Command } from "commander";
import { listTenants } from "../tenancy/tenants.ts";
import { addAccountCommands } from "./accounts.ts";
import { withCore } from "./core.ts";
import { UsageError } from "./exit.ts";
import type { Instance } from "./home.ts";
import { addMessageCommands } from "./messages.ts";
import { didYouMean } from "./nearest.ts";
import { inOwnWords, OWN_NAME } from "./own-words.ts";
import { addRunNowCommand } from "./run-now.ts";
import { addSendCommand } from "./send.ts";
import { addSuppressionCommands } from "./suppressions.ts";
import { tenantScope } from "./tenant-scope.ts";
import { addTenantStateCommands } from "./tenant-state.ts";
import { addWebhookCommands } from "./webhooks.ts";

const HELP = ["help", "--help", "-h"];

export function tenantProgram(instance: Instance, tenantId: string): Command {
  const program = inOwnWords(new Command(`mail-proxy ${instance.name} ${tenantId}`), OWN_NAME);
  const scope = tenantScope(instance, tenantId);
  addTenantStateCommands(program, scope);
  addRunNowCommand(program, instance, tenantId);
  addAccountCommands(program, scope);
  addMessageCommands(program, scope);
  addSuppressionCommands(program, scope);
  addWebhookCommands(program, scope);
  addSendCommand(program, instance, tenantId, scope.withTenant);
  return program;
}

/** Runs `mail-proxy NAME TENANT words...`; without a command behind it, a word may as well be a mistyped command. */
export async function runForTenant(
  instance: Instance,
  word: string,
  words: string[],
  commands: readonly string[],
): Promise<void> {
  const program = tenantProgram(instance, word);
  const known = [...program.commands.map((command) => command.name()), ...HELP];
  if (!known.includes(words[0] ?? "")) await refuseUnlessTenant(instance, word, commands);
  await program.parseAsync(words, { from: "user" });
}

async function refuseUnlessTenant(instance: Instance, word: string, commands: readonly string[]): Promise<void> {
  const tenants = (await withCore(instance, ({ db }) => listTenants(db))).map(({ id }) => id);
  if (tenants.includes(word)) return;
  const ofTenants = tenantProgram(instance, "TENANT").commands.map((command) => command.name());
  if (ofTenants.includes(word))
    throw new UsageError(`${word} is about one tenant: mail-proxy ${instance.name} TENANT ${word}`);
  const guess = didYouMean(word, [...commands, ...tenants]);
  throw new UsageError(`${word} is neither a command nor a tenant of ${instance.name}${guess}`);
}
