/** Archives that are the same wherever and whenever they are made: files in order, of one moment, nobody's. */
import { readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commitTime, run } from "./root.ts";

/** A tar.gz or zip, by its name, of `folder` in `parent`. Needs GNU tar, or zip. */
export function archive(parent: string, folder: string, path: string): void {
  if (path.endsWith(".zip")) zip(parent, folder, path);
  else tar(parent, folder, path);
}

function tar(parent: string, folder: string, path: string): void {
  const plain = path.replace(/\.gz$/, "");
  const same = [`--mtime=@${commitTime()}`, "--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mode=go-w"];
  run(["tar", "--create", "--format=ustar", ...same, `--file=${plain}`, `--directory=${parent}`, folder]);
  // Neither name nor moment stands in what this writes (RFC 1952 2.3.1), and it is faster than gzip.
  writeFileSync(path, Bun.gzipSync(readFileSync(plain), { library: "libdeflate", level: 6 }));
  rmSync(plain);
}

function zip(parent: string, folder: string, path: string): void {
  const files = readdirSync(join(parent, folder), { encoding: "utf8" }).map((file) => `${folder}/${file}`);
  for (const file of files) utimesSync(join(parent, file), commitTime(), commitTime());
  rmSync(path, { force: true }); // zip would add to it
  // A zip tells local time.
  run(["zip", "-q", "-X", path, ...files.sort()], { cwd: parent, env: { ...process.env, TZ: "UTC" } });
}
