/** Where the project is, and which commit of it: the same for every folder that it is built in. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { spawnSync } from "bun";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The earliest moment that a zip archive can say: what is not from a clone bears it. */
const EARLIEST = 315_532_800;

/** The commit that is built, with a mark when the working tree differs from it; empty outside a clone. */
export function commit(): string {
  return git("describe", "--always", "--dirty", "--exclude=*");
}

/** When the commit was made, in Unix seconds: the moment that all files of a release bear (reproducible-builds.org). */
export function commitTime(): number {
  return Number(process.env.SOURCE_DATE_EPOCH || git("log", "-1", "--format=%ct") || EARLIEST);
}

function git(...words: string[]): string {
  if (!existsSync(`${ROOT}.git`) || Bun.which("git") === null) return "";
  const { stdout, exitCode } = spawnSync(["git", ...words], { cwd: ROOT });
  return exitCode === 0 ? stdout.toString().trim() : "";
}

export function run(command: string[], options: { cwd?: string; env?: Record<string, string | undefined> } = {}): void {
  const { exitCode } = spawnSync(command, { ...options, stdio: ["ignore", "inherit", "inherit"] });
  if (exitCode !== 0) throw new Error(`${command.join(" ")} ended with ${exitCode}`);
}
