/** The commands on one tenant: `mail-proxy NAME TENANT ...`. */
import { Command } from "commander";
import { addAccountCommands } from "./accounts.ts";
import { withTenantOf } from "./core.ts";
import { fallThrough } from "./fall-through.ts";
import type { Instance } from "./home.ts";
import { addMessageCommands } from "./messages.ts";

export function tenantProgram(instance: Instance, tenantId: string): Command {
  const program = new Command(`mail-proxy ${instance.name} ${tenantId}`).exitOverride();
  const withTenant = withTenantOf(instance, tenantId);
  addAccountCommands(program, tenantId, withTenant);
  addMessageCommands(program, tenantId, withTenant);
  return fallThrough(program, "COMMAND");
}
