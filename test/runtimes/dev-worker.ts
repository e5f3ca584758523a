/** Starts `npm run dev:worker` for a test: the Worker in workerd and a libSQL server behind it, in processes of their own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(new URL("../../.ci/dev-worker.mjs", import.meta.url));
const EX_UNAVAILABLE = 69;

export interface DevWorker {
  url: string;
  databaseUrl: string;
  encryptionKey: string;
  /** A call with the admin token. */
  call(method: string, path: string, body?: unknown): Promise<{ status: number; body: Record<string, unknown> }>;
  /** What Cloudflare does every minute; settles when the Worker is done with it. */
  cron(): Promise<void>;
  /** Ctrl-C; answers the exit code. */
  interrupt(): Promise<number | null>;
}

/** Or the reason why there is none on this machine. */
export async function startDevWorker(): Promise<DevWorker | { unavailable: string }> {
  const child = spawn(process.execPath, [SCRIPT, "--port", "0"], { stdio: ["ignore", "pipe", "pipe"] });
  const output = await started(child);
  if (typeof output !== "string") return output;
  const said = (name: string) => {
    const value = new RegExp(`^${name} +(\\S+)$`, "m").exec(output)?.[1];
    if (value === undefined) throw new Error(`dev:worker did not print its ${name}: ${output}`);
    return value;
  };
  const url = said("worker");
  const token = said("token");
  return {
    url,
    databaseUrl: said("database"),
    encryptionKey: said("key"),
    async call(method, path, body) {
      const response = await fetch(url + path, {
        method,
        headers: { "X-API-Token": token, "Content-Type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    },
    async cron() {
      const response = await fetch(`${url}/__scheduled?cron=*+*+*+*+*`);
      if (!response.ok) throw new Error(`the cron failed: ${await response.text()}`);
    },
    async interrupt() {
      if (child.exitCode !== null) return child.exitCode;
      child.kill("SIGINT");
      await once(child, "exit");
      return child.exitCode;
    },
  };
}

/** Everything it printed until it was ready. */
async function started(child: ChildProcess): Promise<string | { unavailable: string }> {
  let output = "";
  let errors = "";
  return new Promise((resolve, reject) => {
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (output.includes("Ctrl-C ends it.")) resolve(output);
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      errors += text;
    });
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === EX_UNAVAILABLE) resolve({ unavailable: errors.trim() });
      else reject(new Error(`dev:worker ended with ${code}: ${errors}${output}`));
    });
  });
}
