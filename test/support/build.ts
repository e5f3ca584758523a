/**
 * Before the first test: the binary of these sources, once for all tests that run it. Where one was built of them already,
 * BINARY_UNDER_TEST names it.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { BUN } from "./programs.ts";

const BUILD = fileURLToPath(new URL("../../.ci/build.ts", import.meta.url));
const NAME = process.platform === "win32" ? "mail-proxy.exe" : "mail-proxy";

/** Vitest's global setup: what it puts into the environment is in that of every test. */
export default async function setup(): Promise<(() => void) | undefined> {
  if (process.env.BINARY_UNDER_TEST !== undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "mail-proxy-binary-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    await promisify(execFile)(BUN, [BUILD, "--out", folder]);
  } catch (error) {
    remove();
    throw error;
  }
  process.env.BINARY_UNDER_TEST = join(folder, NAME);
  return remove;
}

/** The path of the binary. */
export function binaryUnderTest(): string {
  const path = process.env.BINARY_UNDER_TEST;
  if (path === undefined) throw new Error("BINARY_UNDER_TEST is set before the first test, by test/support/build.ts");
  return path;
}
