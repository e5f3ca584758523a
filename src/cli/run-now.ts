/** The command that asks the running server to send and report at once, over HTTP: nothing else can wake another process. */
import type { Command } from "commander";
import { Failure } from "./exit.ts";
import type { Instance } from "./home.ts";
import { print } from "./output.ts";
import { running } from "./run-record.ts";
import { tokenOf } from "./settings.ts";

export function addRunNowCommand(program: Command, instance: Instance): void {
  program
    .command("run-now")
    .description("send and report at once")
    .action(async () => {
      const url = running(instance)?.url;
      if (url === undefined) {
        throw new Failure(
          `${instance.name} is not running, and only a running one can send: mail-proxy start ${instance.name}`,
        );
      }
      const answer = await fetch(`${url}/commands/run-now`, {
        method: "POST",
        headers: { "X-API-Token": tokenOf(instance) },
      });
      if (!answer.ok) throw new Failure(`${url} answered ${answer.status}: ${await answer.text()}`);
      print(`${instance.name} is at it`);
    });
}
