/** Runs the command line as a person does: a process of its own, in a home of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { binaryUnderTest } from "../support/build.ts";
import { temporaryFolder } from "../support/database.ts";

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Run {
  child: ChildProcess;
  ended: Promise<Ended>;
  /** The match, as soon as standard output has it; rejects when the process ends without. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
}

/**
 * A home, and `mail-proxy` in it: `run` waits for the end, `start` does not, `runWith` gives it something to read.
 * Processes that are left over end with the test.
 */
export function commandLine(environment: Record<string, string> = {}) {
  const home = temporaryFolder();
  const start = (...args: string[]) => startProgram(args, home, environment);
  const runWith = (input: string, ...args: string[]) => startProgram(args, home, environment, input).ended;
  return { home, start, runWith, run: (...args: string[]) => start(...args).ended };
}

/** The same with an instance `one` that has never run: commands on data make its database. */
export function commandLineWithInstance(environment: Record<string, string> = {}) {
  const line = commandLine(environment);
  mkdirSync(join(line.home, "one"));
  return line;
}

function startProgram(args: string[], home: string, environment: Record<string, string>, input = ""): Run {
  const run = startCommand(programWith(args), home, environment);
  run.child.stdin?.end(input);
  return run;
}

/** The command that runs the program. */
export function programWith(args: readonly string[]): [string, ...string[]] {
  return [binaryUnderTest(), ...args];
}

/** Any command in that home; its standard input is left open. */
export function startCommand(
  [command, ...args]: readonly [string, ...string[]],
  home: string,
  environment: Record<string, string>,
): Run {
  const env = { PATH: process.env.PATH ?? "", HOME: home, MAIL_PROXY_HOME: home, ...environment };
  const child = spawn(command, args, { cwd: home, env, stdio: "pipe" });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output.stderr += text;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, ...output }));
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const printed = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(output.stdout);
        if (match === null) return;
        child.stdout.off("data", look);
        resolve(match);
      };
      child.stdout.on("data", look);
      look();
      ended.then(
        ({ stdout, stderr }) => reject(new Error(`ended without printing ${pattern}: ${stderr}${stdout}`)),
        reject,
      );
    });
  return { child, ended, printed };
}
