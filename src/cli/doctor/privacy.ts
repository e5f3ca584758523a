/** Whether files with mail or secrets are their owner's alone. */
import { statSync } from "node:fs";
import { about, ok, type Told, type Verdict, warning } from "./finding.ts";

/** What group and others may not: anything with a file, and with a folder write in it, since the files in it guard themselves. */
const OF_FILE = 0o077;
const OF_FOLDER = 0o022;

export function* checkPrivacy(paths: readonly string[]): Generator<Told> {
  if (process.platform === "win32") return; // its files have no such modes
  for (const path of paths) {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found !== undefined) yield about(path, judgeMode(path, found.mode, found.isDirectory()));
  }
}

export function judgeMode(path: string, mode: number, isFolder: boolean): Verdict {
  const shown = (mode & 0o777).toString(8).padStart(3, "0");
  if ((mode & (isFolder ? OF_FOLDER : OF_FILE)) === 0)
    return ok(`others cannot ${isFolder ? "write in it" : "read it"} (${shown})`);
  return warning(
    `others may ${isFolder ? "write in it" : "read it"} (${shown})`,
    `chmod ${isFolder ? "700" : "600"} ${quoted(path)}`,
  );
}

function quoted(path: string): string {
  return /^[\w./~@+-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
