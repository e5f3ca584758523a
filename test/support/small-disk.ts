/** A disk of a few megabytes in memory, which a test can fill and then enlarge. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";
import { temporaryFolder } from "./database.ts";

const run = promisify(execFile);

export interface SmallDisk {
  folder: string;
  enlarge(megabytes: number): Promise<void>;
}

/** Or the reason why this machine mounts none: it takes Linux and the rights of root. */
export async function mountSmallDisk(megabytes: number): Promise<SmallDisk | { unavailable: string }> {
  const folder = temporaryFolder();
  try {
    await run("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", folder]);
  } catch (error) {
    return { unavailable: `a small disk cannot be mounted here: ${String(error)}` };
  }
  // Lazily: a process that was killed may not have let go of its files yet.
  onTestFinished(() => run("umount", ["--lazy", folder]).then(() => undefined));
  return {
    folder,
    enlarge: async (size) => void (await run("mount", ["-o", `remount,size=${size}m`, folder])),
  };
}
