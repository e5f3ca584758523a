/** `wrangler dev`: Workers in workerd, with a process group of their own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { fetchProgram, WRANGLER } from "./programs.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const LISTEN = ["--ip", "127.0.0.1", "--port", "0", "--inspector-port", "0"];

export interface Wrangler {
  /** Of the first Worker. */
  url: string;
  /** Workerd ends with it; answers the exit code. */
  end(signal: "SIGTERM" | "SIGKILL"): Promise<number | null>;
}

/** Starts it with these further words; `folder` keeps its state. */
export type StartWrangler = (folder: string, words: string[], env?: Record<string, string>) => Promise<Wrangler>;

/** The beginning of its command line, or the reason why there is none on this machine. */
export async function wranglerCommand(): Promise<[node: string, wrangler: string] | { unavailable: string }> {
  const [node, wrangler] = [await fetchProgram(WRANGLER, "node"), await fetchProgram(WRANGLER, "wrangler")];
  if (node === undefined || wrangler === undefined) return { unavailable: `${WRANGLER} cannot be had on this machine` };
  return [node, wrangler];
}

/** Or the reason why there is none on this machine. */
export async function fetchWrangler(): Promise<StartWrangler | { unavailable: string }> {
  const command = await wranglerCommand();
  if ("unavailable" in command) return command;
  const [node, wrangler] = command;
  return async (folder, words, env = {}) => {
    const child = spawn(node, [wrangler, "dev", ...LISTEN, "--persist-to", folder, ...words], {
      cwd: ROOT,
      env: {
        ...process.env,
        ...env,
        WRANGLER_SEND_METRICS: "false",
        CLOUDFLARE_CF_FETCH_ENABLED: "false",
        WRANGLER_REGISTRY_PATH: folder, // other tests run a Worker of the same name
      },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true, // workerd is a child of wrangler: a signal goes to both
    });
    const gone = once(child, "close");
    const url = await readyAt(child);
    return {
      url,
      async end(signal) {
        if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
          process.kill(-child.pid, signal);
        await gone;
        return child.exitCode;
      },
    };
  };
}

function readyAt(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    const listen = (text: string) => {
      said += text;
      const [, url] = /Ready on (http:\/\/\S+)/.exec(said) ?? [];
      if (url !== undefined) resolve(url);
    };
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", listen);
    child.on("error", reject);
    child.on("close", () => reject(new Error(`wrangler ended before it was ready: ${said}`)));
  });
}
