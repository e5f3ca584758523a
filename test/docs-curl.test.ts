/** Every curl of the documentation, pasted into a shell as it stands, against a proxy that has just been started. */
import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { commandLine } from "./cli/program.ts";
import { blocks, PAGES } from "./support/pages.ts";

const PROXY = "http://127.0.0.1:8000";
const run = promisify(execFile);
/** A process for each of some thirty samples, on a machine that may have others to run. */
const LONGEST_MS = 60_000;

/** Only what goes to the proxy: the examples' own calls are in examples.test.ts. */
const samples = PAGES.flatMap((path) =>
  blocks(path, "sh")
    .filter((text) => text.startsWith("curl") && text.includes(PROXY))
    .map((text) => ({ path, text })),
);

test.skipIf(spawnSync("curl", ["--version"]).status !== 0)(
  "every curl is answered with ok",
  async () => {
    const { start } = commandLine();
    const proxy = start("start", "default", "--sandbox", "--port", "0");
    const [, url = "", TOKEN = ""] = await proxy.printed(/is ready: (\S+)[\s\S]*Admin token +(\S+)/);
    const post = (path: string, body: unknown) => {
      const headers = { "X-API-Token": TOKEN, "Content-Type": "application/json" };
      return fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) }).then((answer) => answer.json());
    };
    await post("/tenant", { id: "shop" });
    await post("/account", { id: "default", tenant_id: "shop", host: "sandbox" });
    // A page may make a new key for its reader, which ends this one: each sample has a key that is good.
    const keyOf = async () => (await post("/tenant/shop/api-key", {})).api_key;

    expect(samples.length).toBeGreaterThan(20);
    for (const { path, text } of samples) {
      const env = { PATH: process.env.PATH ?? "", TOKEN, KEY: await keyOf(), WEBHOOK_SECRET: "whsec_c2VjcmV0" };
      const command = text.replaceAll(PROXY, url).replaceAll("curl ", "curl --silent --show-error --fail-with-body ");
      const { stdout } = await run("bash", ["-c", command], { env }).catch((failed: { stdout: string }) => failed);
      const ok = stdout.startsWith("{") ? JSON.parse(stdout).ok : stdout.startsWith("# HELP");
      expect(ok, `${path}:\n${text}\n${stdout}`).toBe(true);
    }
  },
  LONGEST_MS,
);
