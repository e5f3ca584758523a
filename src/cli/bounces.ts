/** The commands on what comes back of mail: `mail-proxy NAME bounces ...`. */
import type { Command } from "commander";
import * as v from "valibot";
import { Status } from "../api/schemas/answers-operations.ts";
import { InstanceChanges } from "../api/schemas/instance.ts";
import { type Call, withApi } from "./api-call.ts";
import { atTerminal } from "./ask.ts";
import { BOUNCE_FLAGS } from "./bounces-flags.ts";
import { addBouncesRead } from "./bounces-read.ts";
import { walkThroughMailbox } from "./bounces-walk.ts";
import { moment, type Row } from "./cell.ts";
import { UsageError } from "./exit.ts";
import { addFlags, checked, givenFields } from "./flags.ts";
import type { Instance } from "./home.ts";
import { print, printFields, printJson, printRows } from "./output.ts";
import { callsToServer } from "./server.ts";
import { wake } from "./wake.ts";

const SET_EXAMPLES = `
Examples:
  bounces set                          asks for the mailbox, at a terminal
  bounces set --return-path "bounces+*@example.com"
  bounces set --enabled --imap-host imap.example.com --imap-user bounces@example.com --imap-password - < password-file
  bounces set --no-enabled`;

export function addBouncesCommands(program: Command, instance: Instance): void {
  const bounces = program.command("bounces").description("what comes back of mail, and where it comes in");

  bounces
    .command("show")
    .description("the settings, and how each mailbox stands")
    .option("--json", "as JSON")
    .action(async ({ json }: { json?: boolean }) => show(instance, json === true));

  addFlags(
    bounces.command("set").description("what is not given stays; an empty value clears; at once where the server runs"),
    BOUNCE_FLAGS,
  )
    .addHelpText("after", SET_EXAMPLES)
    .action(async (_options: unknown, command: Command) => set(instance, command));

  addBouncesRead(bounces, instance);

  bounces
    .command("reload")
    .description("read every mailbox anew and at once, whatever went wrong there before")
    .action(async () => {
      const { mailboxes } = await served(instance, (call) => call("POST", "/instance/reload-bounce"));
      print(`mailboxes that are read anew: ${mailboxes}`);
    });
}

/** The server's own answer where one runs: it reads the mailboxes. */
function served<T>(instance: Instance, work: (call: Call) => Promise<T>): Promise<T> {
  const call = callsToServer(instance);
  return call === undefined ? withApi(instance, work) : work(call);
}

const Mailboxes = Status.entries.mailboxes;

/** Whose it is stands in its first column: the instance's own, or an account's. */
function row(mailbox: v.InferOutput<typeof Mailboxes>[number]): Row {
  const { tenant_id, account_id, state, last_read_ts, last_error, last_error_ts, retry_ts } = mailbox;
  const isOver = last_read_ts !== null && last_error_ts !== null && last_error_ts <= last_read_ts;
  return {
    mailbox: account_id === null ? "instance" : `${tenant_id} ${account_id}`,
    state,
    last_read: moment(last_read_ts),
    retry: moment(retry_ts),
    last_error: state !== "failing" && isOver ? null : last_error,
  };
}

async function show(instance: Instance, json: boolean): Promise<void> {
  const { settings, mailboxes } = await served(instance, async (call) => {
    const stored = Object.entries(await call("GET", "/instance"));
    const status = await call("GET", "/status");
    return {
      settings: Object.fromEntries(stored.filter(([name]) => /^(has_)?bounce_/.test(name))),
      mailboxes: v.parse(Mailboxes, status.mailboxes),
    };
  });
  if (json) return printJson({ ...settings, mailboxes });
  printFields(settings);
  print("");
  printRows(mailboxes.map(row), "no mailbox is read");
}

async function set(instance: Instance, command: Command): Promise<void> {
  const given = await givenFields(command, BOUNCE_FLAGS);
  const isAsked = Object.keys(given).length === 0;
  if (isAsked && !atTerminal()) throw new UsageError("nothing is given to be set");
  const body = isAsked ? await walkThroughMailbox() : given;
  checked(InstanceChanges, body, BOUNCE_FLAGS);
  await withApi(instance, (call) => call("PUT", "/instance", { body, flags: BOUNCE_FLAGS }));
  await wake(instance);
  print("the settings of bounces are saved");
}
