/** The Worker in workerd, as wrangler runs it; always on a libSQL server, which a test can take away from it. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { fetchProgram, WRANGLER } from "../../support/programs.ts";
import type { Running, Target } from "./target.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const BUN = join(ROOT, "node_modules/.bin/bun");
const LISTEN = ["--test-scheduled", "--ip", "127.0.0.1", "--port", "0", "--inspector-port", "0"];

export const workerd: Target = {
  runtime: "workerd",
  database: "sqld",
  lacks: {
    "own certificates": "workerd trusts public authorities alone, so such an account is refused",
    "orderly stop": "an invocation ends by itself, and nothing else runs",
  },
  async prepare() {
    const node = await fetchProgram(WRANGLER, "node");
    const wrangler = await fetchProgram(WRANGLER, "wrangler");
    if (node === undefined || wrangler === undefined)
      return { unavailable: `${WRANGLER} cannot be had on this machine` };
    return async (folder, settings) => {
      await migrate(folder, settings);
      return start([node, wrangler, "dev", ...LISTEN, ...files(folder, settings)]);
    };
  },
};

function named(settings: Record<string, string>): [string, string][] {
  return Object.entries(settings).map(([name, value]) => [`MAIL_PROXY_${name}`, value]);
}

/** A Worker never migrates; the command that operators use does. */
async function migrate(folder: string, settings: Record<string, string>): Promise<void> {
  const env = { ...process.env, ...Object.fromEntries(named({ ...settings, HOME: folder })) };
  await promisify(execFile)(BUN, ["src/cli/main.ts", "migrate"], { cwd: ROOT, env });
}

function files(folder: string, settings: Record<string, string>): string[] {
  const bindings = join(folder, "bindings.env");
  writeFileSync(
    bindings,
    named(settings)
      .map((pair) => `${pair.join("=")}\n`)
      .join(""),
    { mode: 0o600 },
  );
  return ["--env-file", bindings, "--persist-to", join(folder, "state")];
}

async function start([command = "", ...words]: string[]): Promise<Running> {
  const child = spawn(command, words, {
    cwd: ROOT,
    env: { ...process.env, WRANGLER_SEND_METRICS: "false", CLOUDFLARE_CF_FETCH_ENABLED: "false" },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true, // workerd is a child of wrangler: a signal goes to both
  });
  const gone = once(child, "close");
  const end = async (signal: "SIGTERM" | "SIGKILL") => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
      process.kill(-child.pid, signal);
    await gone;
  };
  const url = await ready(child);
  return {
    url,
    async tick() {
      const response = await fetch(`${url}/__scheduled?cron=*+*+*+*+*`);
      if (!response.ok) throw new Error(`the cron failed: ${await response.text()}`);
    },
    async stop() {
      await end("SIGTERM");
      return child.exitCode;
    },
    kill: () => end("SIGKILL"),
  };
}

/** Where it listens. */
function ready(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    const listen = (text: string) => {
      said += text;
      const url = /Ready on (http:\/\/\S+)/.exec(said)?.[1];
      if (url !== undefined) resolve(url);
    };
    child.stdout?.setEncoding("utf8").on("data", listen);
    child.stderr?.setEncoding("utf8").on("data", listen);
    child.on("error", reject);
    child.on("close", () => reject(new Error(`wrangler ended before it was ready: ${said}`)));
  });
}
