/** The commands on instances as a whole that do not run one: list, stop, status and delete. */
import type { Command } from "commander";
import { agreed } from "./ask.ts";
import { Failure } from "./exit.ts";
import { deleteFolder, existingInstance, type Instance, listInstances } from "./home.ts";
import { print, printFields, printJson, printRows } from "./output.ts";
import { running } from "./run-record.ts";
import { stop } from "./start.ts";

interface JsonOption {
  json?: boolean;
}

export function addLifecycleCommands(program: Command, home: () => string): void {
  program
    .command("list")
    .description("the instances on this machine")
    .option("--json", "as JSON")
    .action(({ json }: JsonOption) => {
      const instances = listInstances(home()).map(stateOf);
      if (json) printJson(instances);
      else printRows(instances, "no instances yet; make one with: mail-proxy start NAME");
    });

  program
    .command("stop <name>")
    .description("end an instance; what is in flight is finished first")
    .action(async (name: string) => {
      const wasRunning = await stop(existingInstance(home(), name));
      print(wasRunning ? `${name} has stopped` : `${name} was not running`);
    });

  program
    .command("status <name>")
    .description("whether an instance runs, and where; exit code 1 when it does not")
    .option("--json", "as JSON")
    .action((name: string, { json }: JsonOption) => {
      const state = stateOf(existingInstance(home(), name));
      printFields(state, json);
      if (state.state !== "running") process.exitCode = 1;
    });

  program
    .command("delete <name>")
    .description("remove an instance with its folder: queue, token and encryption key")
    .option("--force", "without being asked")
    .action(async (name: string, { force }: { force?: boolean }) => {
      const instance = existingInstance(home(), name);
      await agreed(`Delete ${instance.folder} with all its messages and keys?`, force);
      if (running(instance)) throw new Failure(`${name} is running; end it first with: mail-proxy stop ${name}`);
      deleteFolder(instance);
      print(`${name} is deleted`);
    });
}

function stateOf(instance: Instance) {
  const record = running(instance);
  return {
    name: instance.name,
    state: record === undefined ? "stopped" : record.url === undefined ? "starting" : "running",
    url: record?.url ?? null,
    pid: record?.pid ?? null,
    started: record?.started ?? null,
    version: record?.version ?? null,
    folder: instance.folder,
  };
}
