/** The commands on one instance: `mail-proxy NAME ...`. */
import { Command } from "commander";
import { shownDatabase } from "../security/shown-database.ts";
import { addBouncesCommands } from "./bounces.ts";
import { addCleanupCommand } from "./cleanup.ts";
import { addInstanceConfigCommand } from "./config.ts";
import { addConfigChanges } from "./config-change.ts";
import { addConnectCommand } from "./connect/command.ts";
import { addDoctorCommand } from "./doctor.ts";
import { Failure } from "./exit.ts";
import { fallThrough } from "./fall-through.ts";
import { type Instance, instanceOrUnknownWord } from "./home.ts";
import { addImportCommand } from "./import-genro/command.ts";
import { addLogsCommand } from "./logs.ts";
import { addFormats, type Format, print, printFields, warn } from "./output.ts";
import { inOwnWords, OWN_NAME } from "./own-words.ts";
import { addReplayCommand } from "./replay/command.ts";
import { addRunNowCommand } from "./run-now.ts";
import { running } from "./run-record.ts";
import { regenerateToken, settingsOf, tokenOf } from "./settings.ts";
import { addStatsCommand } from "./stats.ts";
import { runForTenant } from "./tenant.ts";
import { addTenantCommands } from "./tenants.ts";

export function instanceProgram(home: string, name: string): Command {
  const instance = instanceOrUnknownWord(home, name);
  const program = inOwnWords(new Command(`mail-proxy ${name}`), OWN_NAME).helpCommand(true);

  addFormats(program.command("info"))
    .description("where the instance is and how it is set up")
    .action((format: Format) => printFields(infoOf(instance), format));

  program
    .command("token")
    .description("the admin token")
    .option("--regenerate", "replace it by a new one")
    .action(({ regenerate }: { regenerate?: boolean }) =>
      print(regenerate ? replaceToken(instance) : tokenOf(instance)),
    );

  addStatsCommand(program, instance);
  addDoctorCommand(program, () => instance, { isServe: false });
  addConfigChanges(addInstanceConfigCommand(program, instance), instance);
  addRunNowCommand(program, instance);
  addLogsCommand(program, instance);
  addReplayCommand(program, instance);
  addImportCommand(program, () => instance);
  addCleanupCommand(program, instance);
  addConnectCommand(program, instance);
  addTenantCommands(program, instance);
  addBouncesCommands(program, instance);
  return fallThrough(program, "TENANT", (tenantId, rest) => {
    const commands = program.commands.map((command) => command.name());
    return runForTenant(instance, tenantId, rest, commands);
  });
}

function infoOf(instance: Instance) {
  const settings = settingsOf(instance);
  return {
    name: instance.name,
    folder: instance.folder,
    url: running(instance)?.url ?? null,
    database: shownDatabase(settings.databaseUrl),
    host: settings.host,
    port: settings.port,
    smtp_port: settings.smtpPort ?? null,
    smtps_port: settings.smtpsPort ?? null,
    sandbox: settings.sandbox,
  };
}

function replaceToken(instance: Instance): string {
  if (settingsOf(instance).apiToken) throw new Failure("the token comes from MAIL_PROXY_API_TOKEN; replace it there");
  const token = regenerateToken(instance);
  if (running(instance)) {
    warn(`the running server still has the old token until: mail-proxy restart ${instance.name}`);
  }
  return token;
}
