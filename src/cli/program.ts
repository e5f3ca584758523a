/** The command line as a whole: `mail-proxy COMMAND ...` or `mail-proxy NAME ...`, and what its end means for a shell. */
import { Command, CommanderError } from "commander";
import { ConfigError } from "../config.ts";
import { isHandedOver } from "./bounces-read.ts";
import { addCompletionCommand } from "./completion/command.ts";
import { COMPLETE, complete } from "./completion/complete.ts";
import { addConfigCommand } from "./config.ts";
import { addDemoCommand } from "./demo/command.ts";
import { describe } from "./describe.ts";
import { addDoctorCommand } from "./doctor.ts";
import { CANCELLED_EXIT_CODE, Cancelled, NOT_NOW_EXIT_CODE, NotNow, UsageError } from "./exit.ts";
import { fallThrough } from "./fall-through.ts";
import { addHealthCommand } from "./health.ts";
import { homeFolder, instanceNamed } from "./home.ts";
import { addImportCommand } from "./import-genro/command.ts";
import { instanceProgram } from "./instance.ts";
import { addLifecycleCommands } from "./lifecycle.ts";
import { addMigrateCommand } from "./migrate.ts";
import { print, printJson, warn } from "./output.ts";
import { inOwnWords, OWN_NAME } from "./own-words.ts";
import { addStartCommands, DEFAULT_INSTANCE } from "./start.ts";
import { identity, versionText } from "./version.ts";

const MORE = `
  NAME info | stats | token [--regenerate] | run-now | logs | connect
  NAME doctor | replay FILE | import-genro FILE | cleanup
  NAME config [set SETTING VALUE | unset SETTING]
  NAME bounces show | set | read FILE.eml | reload
  NAME tenants list | show | add | update | delete | api-key | webhook-secret
  NAME TENANT info | run-now | suspend [BATCH] | activate [BATCH]
  NAME TENANT accounts list | show | add | update | delete | test
  NAME TENANT accounts pause | resume
  NAME TENANT messages list | show | retry | cancel | delete
  NAME TENANT suppressions list | add | remove | import | export
  NAME TENANT webhooks list | show | add | update | delete | test
  NAME TENANT webhooks rotate-secret | deliveries | replay
  NAME TENANT send FILE.eml

Every command tells its options with --help.

A first mail:
  mail-proxy start mine --sandbox --background
  mail-proxy mine default send hello.eml
  mail-proxy mine default messages list`;

export function createProgram(): Command {
  const program = inOwnWords(new Command("mail-proxy"), OWN_NAME)
    .description("Takes email from applications over HTTP or SMTP, queues it, sends it over SMTP and reports back.")
    .option("--home <folder>", "where the instances are (MAIL_PROXY_HOME, else ~/.mail-proxy)")
    .version(versionText())
    .helpCommand(true); // commander has none by itself where names stand beside commands
  const home = () => homeFolder(program.opts<{ home?: string }>().home);

  addLifecycleCommands(program, home);
  addStartCommands(program, home);
  addHealthCommand(program, home);
  addDemoCommand(program);
  addMigrateCommand(program, home);
  addImportCommand(program, () => instanceNamed(home(), DEFAULT_INSTANCE));
  addConfigCommand(program, () => instanceNamed(home(), DEFAULT_INSTANCE));
  addDoctorCommand(program, () => instanceNamed(home(), DEFAULT_INSTANCE), { isServe: true });
  addCompletionCommand(program);
  program
    .command("version")
    .description("which mail-proxy this is")
    .option("--json", "with its commit, its runtime and its platform")
    .action(({ json }: { json?: boolean }) => (json ? printJson(identity()) : print(versionText())));

  program.addHelpText("after", MORE);
  return fallThrough(program, "NAME", (name, rest) =>
    programFor(home(), name, rest).parseAsync(rest, { from: "user" }),
  );
}

function programFor(home: string, name: string, rest: readonly string[]): Command {
  try {
    return instanceProgram(home, name);
  } catch (cause) {
    throw isHandedOver(rest) ? new NotNow(describe(cause), { cause }) : cause;
  }
}

/** Runs a command line and answers its exit code; what went wrong is told on standard error. */
export async function run(args: string[]): Promise<number> {
  if (args[0] === COMPLETE) return complete(createProgram(), args.slice(1));
  try {
    await createProgram().parseAsync(args, { from: "user" });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    // Commander has told its own by now; it ends --help and --version as errors with exit code 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    warn(OWN_NAME + describe(error));
    if (error instanceof Cancelled) return CANCELLED_EXIT_CODE;
    if (error instanceof NotNow) return NOT_NOW_EXIT_CODE;
    return error instanceof UsageError || error instanceof ConfigError ? 2 : 1;
  }
}
