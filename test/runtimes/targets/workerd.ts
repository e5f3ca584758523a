/** The Worker in workerd, as wrangler runs it; always on a libSQL server, which a test can take away from it. */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { binaryUnderTest } from "../../support/build.ts";
import { fetchWrangler } from "../../support/wrangler.ts";
import type { Running, Target } from "./target.ts";

export const workerd: Target = {
  runtime: "workerd",
  database: "sqld",
  lacks: {
    "own certificates": "workerd trusts public authorities alone, so such an account is refused",
    "orderly stop": "an invocation ends by itself, and nothing else runs",
    "SMTP port": "a Worker takes no connections but HTTP",
    "open pages": "an invocation stays open for nobody, so pages look again by themselves",
  },
  async prepare() {
    const start = await fetchWrangler();
    if ("unavailable" in start) return start;
    return async (folder, settings): Promise<Running> => {
      await migrate(folder, settings);
      const words = ["--test-scheduled", "--env-file", bindings(folder, settings)];
      const { url, end } = await start(join(folder, "state"), words);
      return {
        url,
        async tick() {
          const response = await fetch(`${url}/__scheduled?cron=*+*+*+*+*`);
          if (!response.ok) throw new Error(`the cron failed: ${await response.text()}`);
        },
        stop: () => end("SIGTERM"),
        kill: async () => void (await end("SIGKILL")),
      };
    };
  },
};

function named(settings: Record<string, string>): [string, string][] {
  return Object.entries(settings).map(([name, value]) => [`MAIL_PROXY_${name}`, value]);
}

/** A Worker never migrates; the command that operators use does. */
async function migrate(folder: string, settings: Record<string, string>): Promise<void> {
  const env = { ...process.env, ...Object.fromEntries(named({ ...settings, HOME: folder })) };
  await promisify(execFile)(binaryUnderTest(), ["migrate"], { cwd: folder, env });
}

/** The file that holds them. */
function bindings(folder: string, settings: Record<string, string>): string {
  const path = join(folder, "bindings.env");
  const lines = named(settings).map((pair) => `${pair.join("=")}\n`);
  writeFileSync(path, lines.join(""), { mode: 0o600 });
  return path;
}
