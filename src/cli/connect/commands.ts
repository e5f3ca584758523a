/** What can be said in a conversation with an instance, as a program of its own. */
import { Command } from "commander";
import { moment, type Row } from "../cell.ts";
import { Failure } from "../exit.ts";
import { print, printFields, printRows } from "../output.ts";
import { inOwnWords } from "../own-words.ts";
import { text, things } from "./answers.ts";
import { addMessageCommands } from "./message-commands.ts";
import type { Session } from "./session.ts";
import { addTenantCommands } from "./tenant-commands.ts";

export function sessionProgram(session: Session): Command {
  const program = inOwnWords(new Command(""), "")
    .helpOption(false)
    .helpCommand("help [command]", "what can be said")
    .configureHelp({ commandUsage });
  addState(program, session);
  addMessageCommands(program, session);
  addTenantCommands(program, session);
  program
    .command("exit")
    .alias("quit")
    .description("end the conversation; so does Ctrl-D")
    .action(() => {
      session.isOver = true;
    });
  return program;
}

/** Without the name of a program, which nobody types here. */
function commandUsage(command: Command): string {
  return command.parent === null ? "COMMAND" : `${command.name()} ${command.usage()}`;
}

function addState(program: Command, session: Session): void {
  const { call, isServer } = session;

  program
    .command("status")
    .description("the server, and what it is doing")
    .action(async () => {
      const { ok: _, queue: __, ...state } = await call("GET", "/status");
      printFields(isServer ? state : { version: state.version, server: "none runs; this is its database" });
    });

  program
    .command("stats")
    .description("what waits in the queue")
    .action(async () => {
      const { queue } = await call("GET", "/status");
      printFields({ ...Object(queue) });
    });

  program
    .command("log")
    .description("the last changing calls, newest first")
    .option("--limit <number>", "so many", "20")
    .action(async ({ limit }: { limit: string }) => {
      const rows = things(await call("GET", "/command-log", { query: { limit } }), "commands").map(
        ({ command_ts, endpoint, tenant_id, status }): Row => ({
          at: moment(command_ts),
          call: String(endpoint),
          tenant: text(tenant_id),
          status: Number(status),
        }),
      );
      printRows(rows, "nothing was changed yet");
    });

  program
    .command("run_now")
    .description("send and report at once")
    .action(async () => {
      if (!session.isServer) throw new Failure(`only a running server can send: ${session.startCommand}`);
      await call("POST", "/commands/run-now", { query: { tenant_id: session.tenantId } });
      print("it is at it");
    });
}
