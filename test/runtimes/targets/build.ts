/** Builds the proxy for a target, from the sources as they are, into a folder that goes with the tests. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { AtEnd } from "./target.ts";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const BUN = at("../../../node_modules/.bin/bun");
const BUILD = at("../../../.ci/build.ts");
/** Inside node_modules, where the build for Node and Deno finds libSQL's addon. */
const CACHE = at("../../../node_modules/.cache/");

/** Answers the folder. */
export async function build(atEnd: AtEnd, ...flags: string[]): Promise<string> {
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, "mail-proxy-"));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  await promisify(execFile)(BUN, [BUILD, ...flags, "--out", folder]);
  return folder;
}
