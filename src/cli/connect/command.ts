/** The command that talks with an instance line by line: `mail-proxy NAME connect`. */
import type { Command } from "commander";
import { reason } from "../../errors.ts";
import { urlIn } from "../../url.ts";
import { type Call, callsTo, withApi } from "../api-call.ts";
import { requiredSecret } from "../ask.ts";
import { Failure, UsageError } from "../exit.ts";
import type { Instance } from "../home.ts";
import { print } from "../output.ts";
import { running } from "../run-record.ts";
import { callsToServer } from "../server.ts";
import { type Lines, pipedLines, readPipe, readTerminal } from "./converse.ts";
import type { Session } from "./session.ts";

interface Options {
  url?: string;
  token?: string;
}

export function addConnectCommand(program: Command, instance: Instance): void {
  program
    .command("connect")
    .description("talk with the instance line by line; reads commands from a pipe too, and exits with 1 if one failed")
    .option("--url <url>", "a server elsewhere, instead of the running one or else the database")
    .option("--token <token>", "its admin token; asked for at a terminal, - reads the first line of standard input")
    .action(async ({ url, token }: Options) => {
      const lines = isConversation() ? undefined : pipedLines();
      const talk = (call: Call, where: string | undefined) => converse(instance, call, where, lines);
      if (url !== undefined) return talk(await callsElsewhere(url, token, lines), new URL(url).origin);
      if (token !== undefined) throw new UsageError("--token belongs to --url");
      const call = callsToServer(instance);
      if (call !== undefined) return talk(call, running(instance)?.url);
      return withApi(instance, (here) => talk(here, undefined));
    });
}

function isConversation(): boolean {
  return process.stdin.isTTY === true && process.stdout.isTTY === true;
}

/** `url`: of the server that answers; undefined where it is the API in this process. */
async function converse(
  instance: Instance,
  call: Call,
  url: string | undefined,
  lines: Lines | undefined,
): Promise<void> {
  const startCommand = `mail-proxy start ${instance.name}`;
  const session: Session = {
    ...{ call, startCommand, isServer: url !== undefined, tenantId: undefined, ask: undefined, isOver: false },
  };
  if (lines !== undefined) {
    if (!(await readPipe(session, lines))) process.exitCode = 1;
    return;
  }
  const where = url ?? `its database, since no server runs: ${startCommand}`;
  print(`${instance.name} at ${where}\nhelp tells what can be said, Tab completes it, exit leaves`);
  await readTerminal(session, instance);
}

/** The instance's own token is for its own server alone. */
async function callsElsewhere(url: string, given: string | undefined, lines: Lines | undefined): Promise<Call> {
  const { origin } = (/^https?:\/\//.test(url) && urlIn(url)) || {};
  if (origin === undefined) throw new UsageError("--url must be like https://host:port");
  const piped = given === "-" ? ((await lines?.next())?.value ?? undefined) : given;
  const token = await requiredSecret(piped, "--token", `Admin token of ${origin}`);
  const send = (request: Request) =>
    fetch(request).catch((cause: unknown) => {
      throw new Failure(`${origin} does not answer: ${reason(cause)}`, { cause });
    });
  return callsTo(send, url, token);
}
