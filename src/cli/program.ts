/** The command line as a whole: `mail-proxy COMMAND ...` or `mail-proxy NAME ...`, and what its end means for a shell. */
import { Command, CommanderError } from "commander";
import { ConfigError } from "../config.ts";
import { addDemoCommand } from "./demo/command.ts";
import { describe } from "./describe.ts";
import { UsageError } from "./exit.ts";
import { fallThrough } from "./fall-through.ts";
import { homeFolder } from "./home.ts";
import { instanceProgram } from "./instance.ts";
import { addLifecycleCommands } from "./lifecycle.ts";
import { addMigrateCommand } from "./migrate.ts";
import { print } from "./output.ts";
import { addStartCommands } from "./start.ts";
import { versionText } from "./version.ts";

const MORE = `
  NAME info | stats | token [--regenerate] | run-now
  NAME tenants list | show | add | update | delete | api-key
  NAME TENANT accounts list | add | update | delete
  NAME TENANT messages list

Every command tells its options with --help.`;

export function createProgram(): Command {
  const program = new Command("mail-proxy")
    .description("Takes email from applications over HTTP, queues it, sends it over SMTP and reports back.")
    .option("--home <folder>", "where the instances are (MAIL_PROXY_HOME, else ~/.mail-proxy)")
    .version(versionText())
    .helpCommand(true) // commander has none by itself where names stand beside commands
    .exitOverride();
  const home = () => homeFolder(program.opts<{ home?: string }>().home);

  addLifecycleCommands(program, home);
  addStartCommands(program, home);
  addDemoCommand(program);
  addMigrateCommand(program, home);
  program
    .command("version")
    .description("which mail-proxy this is")
    .action(() => print(versionText()));

  program.addHelpText("after", MORE);
  return fallThrough(program, "NAME", (name, rest) => instanceProgram(home(), name).parseAsync(rest, { from: "user" }));
}

/** Runs a command line and answers its exit code; what went wrong is told on standard error. */
export async function run(args: string[]): Promise<number> {
  try {
    await createProgram().parseAsync(args, { from: "user" });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    // Commander has told its own by now; it ends --help and --version as errors with exit code 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    process.stderr.write(`mail-proxy: ${describe(error)}\n`);
    return error instanceof UsageError || error instanceof ConfigError ? 2 : 1;
  }
}
