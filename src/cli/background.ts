/** Starts an instance as a process of its own, and ends such a process. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Failure } from "./exit.ts";
import { fileOf, type Instance } from "./home.ts";
import { processBirth } from "./process-birth.ts";
import { type RunRecord, running } from "./run-record.ts";

const START_LIMIT_MS = 30_000;
const POLL_MS = 25;
const LOG_LINES_SHOWN = 15;

/** Answers the process's record once its /health answers; its log goes to the file `log` of the instance. */
export async function startInBackground(instance: Instance, home: string): Promise<RunRecord & { url: string }> {
  const [program, ...args] = ownCommand();
  const log = openSync(fileOf(instance, "log"), "a", 0o600);
  const { size } = fstatSync(log); // what earlier starts have left there would explain nothing
  const child = spawn(program, [...args, "start", instance.name, "--home", home], {
    detached: true,
    stdio: ["ignore", log, log],
    windowsHide: true,
  });
  closeSync(log);
  const record = await untilHealthy(instance, child, size);
  child.unref();
  return record;
}

async function untilHealthy(
  instance: Instance,
  child: ChildProcess,
  logStart: number,
): Promise<RunRecord & { url: string }> {
  const deadline = performance.now() + START_LIMIT_MS;
  while (performance.now() < deadline && child.exitCode === null && child.signalCode === null) {
    const record = running(instance);
    if (record?.url !== undefined && (await answers(record.url))) return { ...record, url: record.url };
    await pause(POLL_MS);
  }
  child.kill();
  const log = readFileSync(fileOf(instance, "log")).subarray(logStart).toString();
  const lines = log.trimEnd().split("\n").slice(-LOG_LINES_SHOWN);
  throw new Failure(`${instance.name} did not start; its log ends with:\n${lines.join("\n")}`);
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health`)).ok;
  } catch {
    return false; // not listening yet
  }
}

/** Asks the process to end and waits until it is gone; at the limit it is told to end at once. */
export async function stopProcess({ pid, birth }: RunRecord, limitMs: number): Promise<void> {
  for (const patienceMs of [limitMs, POLL_MS * 100]) {
    if (await endedBy(pid, birth, patienceMs)) return;
  }
  throw new Failure(`process ${pid} does not end`);
}

async function endedBy(pid: number, birth: string, limitMs: number): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  if (processBirth(pid) === birth) process.kill(pid, "SIGTERM");
  while (processBirth(pid) === birth) {
    if (performance.now() > deadline) return false;
    await pause(POLL_MS);
  }
  return true;
}

/** How to run this program again: the binary itself, what was built for Node and Deno, or Bun with the sources. */
function ownCommand(): [string, ...string[]] {
  const { execPath, execArgv } = process;
  const self = import.meta.url;
  if (self.includes("$bunfs") || self.includes("~BUN")) return [execPath];
  // One file then, and this is a part of it. Deno does not tell with which permissions it runs, but main.ts asks for all.
  if (self.endsWith(".mjs"))
    return [execPath, ...("Deno" in globalThis ? ["run", "-A"] : execArgv), fileURLToPath(self)];
  const at = (path: string) => fileURLToPath(new URL(path, self));
  // Started in another folder, Bun does not look for how the sources are to be read.
  const config = `--tsconfig-override=${at("../../tsconfig.json")}`;
  return [execPath, config, "--preload", at("../runtimes/bun-plugin.ts"), at("./main.ts")];
}
