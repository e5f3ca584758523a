/** The command that takes over a database of the reference system: `mail-proxy NAME import-genro FILE`. */
import type { Command } from "commander";
import { reason } from "../../errors.ts";
import { withApi } from "../api-call.ts";
import { required, secretFromInput } from "../ask.ts";
import { Failure } from "../exit.ts";
import type { Instance } from "../home.ts";
import { print, printJson, printRows, warn } from "../output.ts";
import { startProgress } from "../progress.ts";
import { wake } from "../wake.ts";
import { checkTenant, importAll } from "./run.ts";
import { keyIn, openWith, vaultOf } from "./secrets.ts";
import { openSource, type Source } from "./source.ts";
import { Tally } from "./tally.ts";

interface Options {
  tenant?: string;
  key?: string;
  keyFile?: string;
  messages: boolean;
  again?: boolean;
  dryRun?: boolean;
  json?: boolean;
}

const EXAMPLES = `
Examples:
  import-genro mail_service.db --dry-run
  import-genro mail_service.db --no-messages                    while genro-mail-proxy still runs
  import-genro mail_service.db --key-file /run/secrets/encryption_key`;

const BOTH = "genro-mail-proxy must be stopped before, and stay so: where both run, the messages that wait go twice";

export function addImportCommand(program: Command, instance: () => Instance): void {
  program
    .command("import-genro [file]")
    .description(
      "take over tenants, accounts and waiting messages from a database of genro-mail-proxy; what is here stays",
    )
    .option("--tenant <id>", "this one alone")
    .option("--key <base64>", "the key its secrets are sealed with, where it is another one; - reads standard input")
    .option("--key-file <file>", "the same out of a file, also as 32 bytes as they are")
    .option("--no-messages", "tenants and accounts alone")
    .option("--again", "also messages that may have been sent since they were taken over long ago")
    .option("--dry-run", "tell what would be taken, and save nothing")
    .option("--json", "tell it as JSON")
    .addHelpText("after", EXAMPLES)
    .action(async (given: string | undefined, options: Options) => {
      const file = await required(given, "the file", "Database of genro-mail-proxy");
      const keys = await keysOf(options);
      const source = await openSource(file);
      const unreported = await source.countUnreported();
      const tally = await taken(instance(), source, keys, options).finally(() => source.close());
      if (!options.dryRun && tally.parts.messages.taken > 0) await wake(instance());
      tell(tally, unreported, options);
    });
}

/** Of the reference: this instance's own is tried as well. */
async function keysOf({ key, keyFile }: Options): Promise<{ text: string; flag: string }[]> {
  const keys: { text: string; flag: string }[] = [];
  if (key !== undefined) {
    const text = key === "-" ? await secretFromInput("--key", "Key of genro-mail-proxy") : key;
    keys.push({ text, flag: "--key" });
  }
  if (keyFile !== undefined) keys.push({ text: keyIn(keyFile), flag: "--key-file" });
  return keys;
}

async function taken(
  instance: Instance,
  source: Source,
  keys: readonly { text: string; flag: string }[],
  { tenant, messages, again = false, dryRun = false }: Options,
): Promise<Tally> {
  if (tenant !== undefined) await checkTenant(source, tenant);
  const vaults = await Promise.all(keys.map(({ text, flag }) => vaultOf(text, flag)));
  const waiting = messages ? await source.countPending() : 0;
  if (waiting > 0) warn(BOTH);
  const progress = startProgress("import-genro", waiting);
  const tally = new Tally();
  await withApi(instance, (call, core) => {
    const open = openWith([...vaults, core.vault]);
    const into = { call, core, open, tally, again, dryRun, only: tenant, planned: new Map() };
    return importAll(into, { source, messages, looked: progress.to }).catch((cause: unknown) => {
      throw new Failure(`${reason(cause)}; what was taken is here, and the import can be repeated`, { cause });
    });
  }).finally(progress.end);
  return tally;
}

function tell(tally: Tally, unreported: number, { dryRun = false, json }: Options): void {
  const troubles = tally.troubles();
  if (json) printJson({ dry_run: dryRun, ...tally.parts, unreported_events: unreported });
  else {
    printRows(tally.counts(), "");
    if (troubles.length > 0) {
      print("");
      printRows(troubles, "");
    }
  }
  if (unreported > 0) warn(`${unreported} events there were not reported to the applications, and are not from here`);
  if (dryRun) warn("nothing was saved");
  if (troubles.length > 0) throw new Failure("not all of it could be taken as it is");
}
