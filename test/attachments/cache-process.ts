/** One of several processes on one cache: puts and looks for the same few files, and answers how often it saw a whole one. */
import { DiskCache } from "../../src/runtimes/cache-disk.ts";

const [folder = "", rounds = "1"] = process.argv.slice(2);
const FILES = 6;
const FILE_BYTES = 2 * 1024 * 1024;
/** One fewer, so that room must be made again and again. */
const MAX_BYTES = (FILES - 1) * FILE_BYTES;

const cache = new DiskCache({ folder, maxBytes: MAX_BYTES, ttlMs: 60_000, now: Date.now });
const seen = { whole: 0, missing: 0, half: 0 };
const keyOf = (file: number) => String(file).repeat(64);
const contents = Array.from({ length: FILES }, (_, file) => Buffer.alloc(FILE_BYTES, file));

async function look(file: number): Promise<void> {
  const found = await cache.get(keyOf(file), async () => undefined);
  const isWhole = found !== undefined && contents[file]?.equals(found);
  seen[found === undefined ? "missing" : isWhole ? "whole" : "half"] += 1;
}

for (let n = 0; n < Number(rounds); n++) {
  const putting = cache.put(keyOf(n % FILES), contents[n % FILES] ?? Buffer.alloc(0));
  await Promise.all([putting, ...Array.from({ length: FILES }, (_, file) => look(file))]);
}
process.stdout.write(JSON.stringify(seen));
