/** The command that asks the running server to send and report at once, over HTTP: nothing else can wake another process. */
import type { Command } from "commander";
import { reason } from "../errors.ts";
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
      const answer = await posted(`${url}/commands/run-now`, tokenOf(instance));
      if (answer.status === 401) {
        throw new Failure(
          `the running server has another token than the one here (after token --regenerate it keeps the old one) until: mail-proxy restart ${instance.name}`,
        );
      }
      if (!answer.ok) throw new Failure(`${url} answered ${answer.status}: ${await answer.text()}`);
      print(`${instance.name} is at it`);
    });
}

async function posted(url: string, token: string): Promise<Response> {
  try {
    return await fetch(url, { method: "POST", headers: { "X-API-Token": token } });
  } catch (cause) {
    throw new Failure(`${new URL(url).origin} does not answer: ${reason(cause)}`, { cause });
  }
}
