/** The command that asks a server on this machine whether it is well: for containers, service managers and scripts. */
import { setTimeout as pause } from "node:timers/promises";
import type { Command } from "commander";
import { reason } from "../errors.ts";
import { Failure, UsageError } from "./exit.ts";
import { type Instance, instanceNamed } from "./home.ts";
import { print } from "./output.ts";
import { running } from "./run-record.ts";
import { environmentSettings } from "./settings.ts";
import { DEFAULT_INSTANCE } from "./start.ts";

/** How long one answer may take. */
const ANSWER_MS = 4_000;
/** Between two questions of one that waits. */
const AGAIN_MS = 100;

const EXAMPLES = `
Examples:
  mail-proxy health                     of serve, or of the instance default
  mail-proxy health shop --ready        whether shop takes mail now: it is not stopping, and its database answers
  mail-proxy health --ready --wait 60   the same, as soon as it does`;

interface HealthOptions {
  ready?: boolean;
  wait?: string;
}

export function addHealthCommand(program: Command, home: () => string): void {
  program
    .command("health [name]")
    .description("whether a server answers; exit code 1 when it does not")
    .option("--ready", "whether it takes mail, too")
    .option("--wait <seconds>", "for at most so long, until it does")
    .addHelpText("after", EXAMPLES)
    .action(async (name: string | undefined, { ready, wait = "0" }: HealthOptions) => {
      const seconds = Number(wait);
      if (!(seconds >= 0)) throw new UsageError(`--wait is a number of seconds, not ${wait}`);
      const instance = instanceNamed(home(), name ?? DEFAULT_INSTANCE);
      const isServe = name === undefined;
      print(await wellWithin(seconds * 1000, () => asked(address(instance, isServe), ready ? "/ready" : "/health")));
    });
}

/** Asks until there is a good answer or the time is over; a Failure then says what the last one was. */
async function wellWithin(waitMs: number, ask: () => Promise<string>): Promise<string> {
  const end = performance.now() + waitMs;
  for (;;) {
    try {
      return await ask();
    } catch (failure) {
      if (performance.now() >= end) throw failure;
      await pause(AGAIN_MS);
    }
  }
}

/** Where the process that runs it has said, else where `serve` would be by the environment. */
function address(instance: Instance, isServe: boolean): string {
  const url = running(instance)?.url;
  if (url !== undefined) return url;
  if (!isServe) throw new Failure(`${instance.name} does not run`);
  const { host, port } = environmentSettings(instance);
  const reached = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  return `http://${reached.includes(":") ? `[${reached}]` : reached}:${port}`;
}

async function asked(url: string, path: string): Promise<string> {
  const response = await fetch(url + path, { signal: AbortSignal.timeout(ANSWER_MS) }).catch((cause: unknown) => {
    throw new Failure(`${url} does not answer: ${reason(cause)}`, { cause });
  });
  if (!response.ok) throw new Failure(`${url}${path} answers ${response.status}: ${await response.text()}`);
  return `${url} is ${path === "/ready" ? "ready" : "well"}`;
}
