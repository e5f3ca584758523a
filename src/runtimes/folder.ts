/** A folder of this machine for files (ports.ts), the same on Bun, Node and Deno. */
import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, mkdir, open, readlink, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { FileContent, Folder } from "../ports.ts";

const CHUNK_BYTES = 64 * 1024;
/** A pipe that nobody writes to would otherwise keep whoever opens it; and the path is one that has no links any more. */
const READING = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);

/** By a `file:` URL. The folder is made when something is written to it. */
export function openFolder(url: string): Folder {
  const root = fileURLToPath(url);
  return {
    async read(path, range) {
      const handle = await openInside(root, join(root, path));
      return handle === undefined ? "missing" : content(handle, range);
    },
    async write(path, bytes) {
      const wanted = join(root, path);
      await mkdir(root, { recursive: true, mode: 0o700 });
      // Before a folder is made: a link on the way could lead it elsewhere.
      if (!(await standsInside(root, dirname(wanted)))) return "outside";
      await mkdir(dirname(wanted), { recursive: true, mode: 0o700 });
      await replace(wanted, bytes);
      return "written";
    },
    async delete(path) {
      const found = await insideOf(root, dirname(join(root, path)));
      if (found !== undefined) await rm(join(found, basename(path)), { force: true });
    },
  };
}

/** Undefined where there is nothing, or what was opened stands outside of the root. */
async function openInside(root: string, path: string): Promise<FileHandle | undefined> {
  const found = await insideOf(root, path);
  const handle = found === undefined ? undefined : await open(found, READING).catch(absent);
  if (found === undefined || handle === undefined) return undefined;
  try {
    if (await isOpenedInside(root, found, handle)) return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
  await handle.close();
  return undefined;
}

/** A folder on the way may have become a link since it was looked at: what counts is what was opened. */
async function isOpenedInside(root: string, found: string, handle: FileHandle): Promise<boolean> {
  // Linux tells where it stands; elsewhere the path, looked at once more, has to lead to the same file.
  const opened = await readlink(`/proc/self/fd/${handle.fd}`).catch(() => undefined);
  if (opened !== undefined) return isBelow(await realpath(root), opened);
  const there = await insideOf(root, found);
  if (there !== found) return false;
  const [held, seen] = await Promise.all([handle.stat({ bigint: true }), stat(there, { bigint: true })]);
  return held.dev === seen.dev && held.ino === seen.ino;
}

/** The path without links; undefined where there is nothing, or it leads out of the root. */
async function insideOf(root: string, path: string): Promise<string | undefined> {
  const [home, real] = await Promise.all([realpath(root).catch(absent), realpath(path).catch(absent)]);
  if (home === undefined || real === undefined) return undefined;
  return isBelow(home, real) ? real : undefined;
}

function isBelow(home: string, real: string): boolean {
  return real === home || real.startsWith(home.endsWith(sep) ? home : home + sep);
}

/** Whether as much of the path as there is stands inside. */
async function standsInside(root: string, folder: string): Promise<boolean> {
  for (let there = folder; ; there = dirname(there)) {
    if ((await realpath(there).catch(absent)) === undefined) continue;
    return (await insideOf(root, there)) !== undefined;
  }
}

/** Written beside it and renamed, so that a reader, and a power cut, find all of it or nothing. */
async function replace(path: string, bytes: Uint8Array): Promise<void> {
  const draft = join(dirname(path), `.${randomUUID()}.part`);
  try {
    const handle = await open(draft, "wx", 0o600);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

async function content(handle: FileHandle, range?: { first: number; last: number }): Promise<FileContent | "missing"> {
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) {
      await handle.close();
      return "missing";
    }
    const first = range?.first ?? 0;
    const end = Math.min((range?.last ?? stat.size - 1) + 1, stat.size);
    return { body: streamOf(handle, first, end), size: Math.max(end - first, 0) };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** The bytes from `first` up to `end`; closes the handle when they are read, or nobody wants more. */
function streamOf(handle: FileHandle, first: number, end: number): ReadableStream<Uint8Array> {
  let at = first;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const chunk = new Uint8Array(Math.min(CHUNK_BYTES, Math.max(end - at, 0)));
        const { bytesRead } = chunk.length === 0 ? { bytesRead: 0 } : await handle.read(chunk, 0, chunk.length, at);
        at += bytesRead;
        if (bytesRead > 0) controller.enqueue(chunk.subarray(0, bytesRead));
        if (bytesRead > 0 && at < end) return;
        await handle.close();
        if (at < end) controller.error(new Error("the file became shorter while it was read"));
        else controller.close();
      },
      cancel: () => handle.close(),
    },
    { highWaterMark: 0 },
  );
}

/** Of what is not there, or is no folder where there would have to be one; every other fault is the disk's. */
function absent(error: unknown): undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (["ENOENT", "ENOTDIR", "ELOOP", "ENAMETOOLONG"].includes(String(code))) return undefined;
  throw error;
}
