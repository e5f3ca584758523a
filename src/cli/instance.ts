/** The commands on one instance: `mail-proxy NAME ...`. */
import { Command } from "commander";
import { Failure } from "./exit.ts";
import { fallThrough } from "./fall-through.ts";
import { existingInstance, type Instance } from "./home.ts";
import { print, printFields, warn } from "./output.ts";
import { addRunNowCommand } from "./run-now.ts";
import { running } from "./run-record.ts";
import { regenerateToken, settingsOf, tokenOf } from "./settings.ts";
import { addStatsCommand } from "./stats.ts";
import { tenantProgram } from "./tenant.ts";
import { addTenantCommands } from "./tenants.ts";

export function instanceProgram(home: string, name: string): Command {
  const instance = existingInstance(home, name);
  const program = new Command(`mail-proxy ${name}`).exitOverride();

  program
    .command("info")
    .description("where the instance is and how it is set up")
    .option("--json", "as JSON")
    .action(({ json }: { json?: boolean }) => printFields(infoOf(instance), json));

  program
    .command("token")
    .description("the admin token")
    .option("--regenerate", "replace it by a new one")
    .action(({ regenerate }: { regenerate?: boolean }) =>
      print(regenerate ? replaceToken(instance) : tokenOf(instance)),
    );

  addStatsCommand(program, instance);
  addRunNowCommand(program, instance);
  addTenantCommands(program, instance);
  return fallThrough(program, "TENANT", (tenantId, rest) =>
    tenantProgram(instance, tenantId).parseAsync(rest, { from: "user" }),
  );
}

function infoOf(instance: Instance) {
  const settings = settingsOf(instance);
  return {
    name: instance.name,
    folder: instance.folder,
    url: running(instance)?.url ?? null,
    // A URL may carry a token in its query or its user part.
    database: settings.databaseUrl.replace(/\?.*$/, "").replace(/\/\/[^/@]*@/, "//"),
    host: settings.host,
    port: settings.port,
    sandbox: settings.sandbox,
  };
}

function replaceToken(instance: Instance): string {
  if (settingsOf(instance).apiToken) throw new Failure("the token comes from MAIL_PROXY_API_TOKEN; replace it there");
  const token = regenerateToken(instance);
  if (running(instance)) warn(`${instance.name} takes the old token until: mail-proxy restart ${instance.name}`);
  return token;
}
