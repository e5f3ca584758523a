/** What is promised of cached attachments, whatever stands behind the memory; behind it here a disk, as on a machine. */
import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { reset } from "@logtape/logtape";
import { afterEach, expect, test } from "vitest";
import { createCache } from "../../src/attachments/cache-tiers.ts";
import { md5Of } from "../../src/attachments/md5.ts";
import { readConfig } from "../../src/config.ts";
import { DiskCache } from "../../src/runtimes/cache-disk.ts";
import { temporaryFolder } from "../support/database.ts";
import { loggedLines } from "./cache-log.ts";

const MB = 1024 * 1024;
const T0 = 1_800_000_000_000;

afterEach(() => reset());

/** A cache as a process has it; each of several has its own memory. */
function processWith(folder: string | undefined, settings: Record<string, string> = {}, clock = { now: T0 }) {
  const config = readConfig({}, settings);
  const { cacheDiskMaxMb, cacheDiskTtl } = config;
  const options = { maxBytes: cacheDiskMaxMb * MB, ttlMs: cacheDiskTtl * 1000, now: () => clock.now };
  const contentStorage = folder === undefined ? undefined : new DiskCache({ folder, ...options });
  return createCache(config, { now: () => clock.now, nextTurn, contentStorage });
}

async function content(text: string): Promise<{ bytes: Uint8Array; md5: string }> {
  const bytes = new TextEncoder().encode(text);
  return { bytes, md5: await md5Of(bytes, nextTurn) };
}

function filesIn(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return entries.map((name) => join(folder, name)).filter((path) => statSync(path).isFile());
}

/** Another content at the same moment. */
function overwrite(path: string, data: string | Uint8Array): void {
  writeFileSync(path, data);
  utimesSync(path, T0 / 1000, T0 / 1000);
}

test("MD5 is that of RFC 1321, in one piece and in many", async () => {
  expect(await md5Of(new Uint8Array(), nextTurn)).toBe("d41d8cd98f00b204e9800998ecf8427e");
  expect((await content("message digest")).md5).toBe("f96b697d7cb7938d525a2f31aaf161d0");
  // 1,500,000 times "a"
  expect(await md5Of(new Uint8Array(1_500_000).fill(97), nextTurn)).toBe("de903a5a2a7df6cef1817c455d413359");
});

test("hashing a large attachment lets others at the processor meanwhile", async () => {
  let turns = 0;
  await md5Of(new Uint8Array(8 * MB), async () => void turns++);
  expect(turns).toBeGreaterThanOrEqual(15);
});

test("what was put is there, in this process and after a restart", async () => {
  const folder = temporaryFolder();
  const { bytes, md5 } = await content("an invoice");
  const first = processWith(folder).of("shop");
  expect(await first.get(md5)).toBeUndefined();
  await first.put(md5, bytes);
  expect(await first.get(md5)).toEqual(bytes);
  expect(new Uint8Array((await processWith(folder).of("shop").get(md5)) ?? [])).toEqual(bytes);
});

test("whoever knows the MD5 of another tenant's attachment gets nothing", async () => {
  const cache = processWith(temporaryFolder());
  const { bytes, md5 } = await content("a payslip");
  await cache.of("shop").put(md5, bytes);
  expect(await cache.of("spy").get(md5)).toBeUndefined();
  expect(await cache.of("").get(md5)).toBeUndefined();
  expect(await cache.of("shop").get(md5)).toBeDefined();
});

test("without a disk it is kept in memory, for as long as the setting says", async () => {
  const clock = { now: T0 };
  const cache = processWith(undefined, { CACHE_MEMORY_TTL: "300" }, clock).of("shop");
  const { bytes, md5 } = await content("an invoice");
  await cache.put(md5, bytes);
  clock.now = T0 + 299_000;
  expect(await cache.get(md5)).toEqual(bytes);
  clock.now = T0 + 301_000;
  expect(await cache.get(md5)).toBeUndefined();
});

test("memory holds as much as the setting says, least recently used first out, and nothing larger than a quarter", async () => {
  const cache = processWith(undefined, { CACHE_MEMORY_MAX_MB: "1" }).of("shop");
  const piece = (n: number) => new Uint8Array(MB / 4).fill(n);
  const md5s = await Promise.all([0, 1, 2, 3, 4].map((n) => md5Of(piece(n), nextTurn)));
  for (const n of [0, 1, 2, 3]) await cache.put(md5s[n]!, piece(n));
  expect(await cache.get(md5s[0]!)).toBeDefined(); // used, so that 1 is now the one to go
  await cache.put(md5s[4]!, piece(4));
  const known = await Promise.all(md5s.map(async (md5) => (await cache.get(md5)) !== undefined));
  expect(known).toEqual([true, false, true, true, true]);
  const large = new Uint8Array(MB / 4 + 1);
  const md5 = await md5Of(large, nextTurn);
  await cache.put(md5, large);
  expect(await cache.get(md5)).toBeUndefined();
});

test("a small part of a large buffer does not keep the buffer in memory", async () => {
  const cache = processWith(undefined).of("shop");
  const bytes = new Uint8Array(8 * MB).subarray(0, 10);
  const md5 = await md5Of(bytes, nextTurn);
  await cache.put(md5, bytes);
  expect((await cache.get(md5))?.buffer.byteLength).toBe(10);
});

test("with 0 there is no memory, and the disk alone remembers", async () => {
  const folder = temporaryFolder();
  const { bytes, md5 } = await content("an invoice");
  const cache = processWith(folder, { CACHE_MEMORY_MAX_MB: "0" }).of("shop");
  await cache.put(md5, bytes);
  for (const path of filesIn(folder)) overwrite(path, "something else");
  expect(await cache.get(md5)).toBeUndefined();
});

test("a damaged file is not sent: it is dropped, told of, and fetched anew by whoever wants it", async () => {
  const folder = temporaryFolder();
  const lines = await loggedLines();
  const { bytes, md5 } = await content("an invoice");
  await processWith(folder).of("shop").put(md5, bytes);
  const [path] = filesIn(folder);
  overwrite(path!, "an invoicE");
  const cache = processWith(folder).of("shop");
  expect(await cache.get(md5)).toBeUndefined();
  expect(existsSync(path!)).toBe(false);
  expect(lines).toEqual([expect.stringContaining(md5)]);
  await cache.put(md5, bytes);
  expect(await processWith(folder).of("shop").get(md5)).toBeDefined();
});

test("a file under the name of another is not taken for it", async () => {
  const folder = temporaryFolder();
  const [own, others] = [await content("mine"), await content("theirs")];
  const cache = processWith(folder);
  await cache.of("shop").put(own.md5, own.bytes);
  const [path] = filesIn(folder);
  await cache.of("other").put(others.md5, others.bytes);
  const theirs = filesIn(folder).find((file) => file !== path)!;
  overwrite(path!, readFileSync(theirs));
  expect(await processWith(folder).of("shop").get(own.md5)).toBeUndefined();
});

test("room is made before content is read, wherever it is read from, and who gets none reads nothing", async () => {
  const folder = temporaryFolder();
  const { bytes, md5 } = await content("an invoice");
  await processWith(folder).of("shop").put(md5, bytes);
  const cache = processWith(folder).of("shop");
  const full = async () => {
    throw new Error("no room");
  };
  await expect(cache.get(md5, full)).rejects.toThrow("no room");
  const rooms: number[] = [];
  const room = async (size: number) => void rooms.push(size);
  await cache.get(md5, room); // from the disk
  await cache.get(md5, room); // from memory
  await expect(cache.get(md5, full)).rejects.toThrow("no room");
  await cache.get("0".repeat(32), room);
  expect(rooms).toEqual([bytes.byteLength, bytes.byteLength]);
});

test("files belong to their owner alone, and none is ever half written", async () => {
  const folder = join(temporaryFolder(), "cache");
  const { bytes, md5 } = await content("an invoice");
  await processWith(folder).of("shop").put(md5, bytes);
  const [path, ...others] = filesIn(folder);
  expect(others).toEqual([]);
  expect(statSync(path!).mode & 0o777).toBe(0o600);
  for (let each = dirname(path!); each !== dirname(folder); each = dirname(each))
    expect(statSync(each).mode & 0o777).toBe(0o700);
});
