/** The commands that ask the running server to send and report at once, for everybody or for one tenant. */
import type { Command } from "commander";
import { Failure } from "./exit.ts";
import type { Instance } from "./home.ts";
import { print } from "./output.ts";
import { callsToServer } from "./server.ts";

export function addRunNowCommand(program: Command, instance: Instance, tenantId?: string): void {
  program
    .command("run-now")
    .description(
      tenantId === undefined
        ? "send and report at once; needs the running server"
        : "send and report at once, whatever its endpoint asked for; needs the running server",
    )
    .action(async () => {
      const call = callsToServer(instance);
      if (call === undefined) {
        throw new Failure(
          `${instance.name} is not running, and only a running one can send: mail-proxy start ${instance.name}`,
        );
      }
      await call("POST", "/commands/run-now", { query: { tenant_id: tenantId } });
      print(`${instance.name} is at it`);
    });
}
