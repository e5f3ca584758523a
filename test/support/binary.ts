/** `mail-proxy serve` as processes of their own. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { onTestFinished } from "vitest";

const ADMIN_TOKEN = "admin-token-of-the-tests";
const ENCRYPTION_KEY = "22".repeat(32);

export interface Answered {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

export interface ProxyProcess {
  pid: number;
  /** Where it listens, as soon as it does; rejects if the process ends before. */
  ready: Promise<string>;
  /** A call with the admin token; rejects where no answer came. */
  call(method: string, path: string, body?: unknown): Promise<Answered>;
  /** Ends it in the midst of whatever it does; settles when it is gone. */
  kill(): Promise<void>;
  /** Asks it to stop; answers its exit code. */
  stop(): Promise<number | null>;
  /** What it has logged so far. */
  log(): string;
}

/** Settings by their names without `MAIL_PROXY_`. What is left over ends with the test. */
export function startProxy(binary: string, home: string, settings: Record<string, string>): ProxyProcess {
  const proxy = serveWith([binary], home, settings);
  onTestFinished(proxy.kill);
  return proxy;
}

/** `serve` of whatever program these words call; the caller ends it. */
export function serveWith(
  [command = "", ...words]: readonly string[],
  home: string,
  settings: Record<string, string>,
): ProxyProcess {
  const named = Object.entries({ API_TOKEN: ADMIN_TOKEN, ENCRYPTION_KEY, PORT: "0", HOME: home, ...settings }).map(
    ([name, value]) => [`MAIL_PROXY_${name}`, value],
  );
  const env = { PATH: process.env.PATH ?? "", HOME: home, ...Object.fromEntries(named) };
  const child = spawn(command, [...words, "serve"], { cwd: home, env, stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    log += text;
  });
  const gone = once(child, "close");
  const ready = new Promise<string>((resolve, reject) => {
    let printed = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
      const url = /is ready: (\S+)/.exec(printed)?.[1];
      if (url !== undefined) resolve(url);
    });
    gone.then(() => reject(new Error(`the proxy ended before it was ready: ${log}`)), reject);
  });
  ready.catch(() => undefined); // whoever killed it does not wait for it

  const end = async (signal: "SIGKILL" | "SIGTERM") => {
    child.kill(signal);
    await gone;
  };
  return {
    pid: child.pid ?? 0,
    ready,
    async call(method, path, body) {
      const response = await fetch((await ready) + path, {
        method,
        headers: { "X-API-Token": ADMIN_TOKEN, "Content-Type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const { status, headers } = response;
      return { status, headers, body: (await response.json()) as Answered["body"] };
    },
    kill: () => end("SIGKILL"),
    async stop() {
      await end("SIGTERM");
      return child.exitCode;
    },
    log: () => log,
  };
}
