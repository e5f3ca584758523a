/** The commands on instances as a whole that do not run one: list, stop, status and delete. */
import type { Command } from "commander";
import { agreed } from "./ask.ts";
import { Failure } from "./exit.ts";
import { deleteFolder, existingInstance, type Instance, listInstances } from "./home.ts";
import { addFormats, type Format, print, printFields, printList } from "./output.ts";
import { pickInstance } from "./pick.ts";
import { running } from "./run-record.ts";
import { stop } from "./start.ts";

const COLUMNS = ["name", "state", "url", "pid", "started", "version", "folder"] as const;

export function addLifecycleCommands(program: Command, home: () => string): void {
  addFormats(program.command("list"))
    .description("the instances on this machine")
    .action((format: Format) => {
      const instances = listInstances(home()).map(stateOf);
      const rows = instances.map((each) => ({
        ...each,
        started: each.started === null ? null : new Date(each.started),
      }));
      printList(
        {
          ...{ things: instances, rows, columns: COLUMNS },
          none: "no instances yet; make one with: mail-proxy start NAME",
          spare: ["folder", "version", "started", "pid"],
        },
        format,
      );
    });

  program
    .command("stop [name]")
    .description("end an instance; what is in flight is finished first")
    .action(async (given: string | undefined) => {
      const name = await pickInstance(given, home());
      const wasRunning = await stop(existingInstance(home(), name));
      print(wasRunning ? `${name} has stopped` : `${name} was not running`);
    });

  addFormats(program.command("status [name]"))
    .description("whether an instance runs, and where; exit code 1 when it does not")
    .action(async (given: string | undefined, format: Format) => {
      const state = stateOf(existingInstance(home(), await pickInstance(given, home())));
      printFields(state, format);
      if (state.state !== "running") process.exitCode = 1;
    });

  program
    .command("delete [name]")
    .description("remove an instance with its folder: queue, token and encryption key")
    .option("--force", "without being asked")
    .action(async (given: string | undefined, { force }: { force?: boolean }) => {
      const name = await pickInstance(given, home());
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
    smtp_port: record?.smtpPort ?? null,
    smtps_port: record?.smtpsPort ?? null,
    pid: record?.pid ?? null,
    started: record?.started ?? null,
    version: record?.version ?? null,
    folder: instance.folder,
  };
}
