/** Reads a log from its end, and on as it grows, whatever is done to its file meanwhile. */
import { type FileHandle, open, stat } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";

const BLOCK_BYTES = 64 * 1024;
/** Lines further back than this are not looked for. */
const FARTHEST_BYTES = 64 * 1024 * 1024;
const POLL_MS = 150;
const LF = 10;

/** The last lines that are wanted, oldest first, and the place in the file behind them. */
export async function lastLines(
  path: string,
  count: number,
  newFilter: () => (line: string) => boolean,
): Promise<{ lines: string[]; end: number }> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    for (let bytes = BLOCK_BYTES; ; bytes *= 2) {
      const start = Math.max(size - bytes, 0);
      const { lines, end } = wholeLines(await read(file, start, size), start);
      const found = lines.filter(newFilter());
      if (found.length >= count || start === 0 || bytes >= FARTHEST_BYTES)
        return { lines: count === 0 ? [] : found.slice(-count), end };
    }
  } finally {
    await file.close();
  }
}

/** What is a line already: a block that does not begin at the file's beginning begins in the midst of one. */
function wholeLines(block: Buffer, start: number): { lines: string[]; end: number } {
  const from = start === 0 ? 0 : block.indexOf(LF) + 1;
  const to = block.lastIndexOf(LF) + 1;
  const lines = to > from ? block.toString("utf8", from, to - 1).split("\n") : [];
  return { lines, end: start + to };
}

async function read(file: FileHandle, start: number, end: number): Promise<Buffer> {
  const block = Buffer.alloc(Math.max(end - start, 0));
  const { bytesRead } = await file.read(block, 0, block.length, start);
  return block.subarray(0, bytesRead);
}

/** Lines as they come from that place on: a file that was cut is read from its beginning, one that took its place too. */
export async function* follow(path: string, from: number): AsyncGenerator<string[]> {
  let file = await open(path, "r");
  let at = from;
  try {
    for (;;) {
      const isReplaced = await wasReplaced(file, path);
      const { size } = await file.stat();
      if (size < at) at = 0;
      const { lines, end } = wholeLines(await read(file, at, Math.min(size, at + FARTHEST_BYTES)), 0);
      at += end;
      if (lines.length > 0) yield lines;
      else if (isReplaced) {
        await file.close();
        file = await open(path, "r");
        at = 0;
      } else await pause(POLL_MS);
    }
  } finally {
    await file.close();
  }
}

/** Another file has its name now; where there is none yet, the old one may still grow. */
async function wasReplaced(file: FileHandle, path: string): Promise<boolean> {
  const [own, named] = await Promise.all([file.stat(), stat(path).catch(() => undefined)]);
  return named !== undefined && (named.ino !== own.ino || named.dev !== own.dev);
}
