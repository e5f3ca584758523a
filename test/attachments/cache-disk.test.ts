/** The folder of cached attachments: how much it holds and how long, shared by several processes, on a disk that refuses. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { reset } from "@logtape/logtape";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { DiskCache, openDiskCache } from "../../src/runtimes/cache-disk.ts";
import { temporaryFolder } from "../support/database.ts";
import { mountSmallDisk } from "../support/small-disk.ts";
import { loggedLines } from "./cache-log.ts";

const BUN = fileURLToPath(new URL("../../node_modules/.bin/bun", import.meta.url));
const PROCESS = fileURLToPath(new URL("cache-process.ts", import.meta.url));

const KB = 1024;
const T0 = 1_800_000_000_000;
const HOUR = 3_600_000;

afterEach(() => reset());

const keyOf = (n: number) => n.toString(16).padStart(2, "0").repeat(32);

/** Ten files of 1 KB each. */
function cacheIn(folder: string, clock = { now: T0 }, maxBytes = 10 * KB) {
  return new DiskCache({ folder, maxBytes, ttlMs: 24 * HOUR, now: () => clock.now });
}

const anyRoom = async () => undefined;

const piece = (n: number, size = KB) => new Uint8Array(size).fill(n);

function filesIn(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return entries.filter((name) => statSync(join(folder, name)).isFile()).map((name) => name.replace(/.*\//, ""));
}

test("what is over is a miss, and gone", async () => {
  const folder = temporaryFolder();
  const clock = { now: T0 };
  const cache = cacheIn(folder, clock);
  await cache.put(keyOf(1), piece(1));
  clock.now = T0 + 24 * HOUR - 1;
  expect(await cache.get(keyOf(1), anyRoom)).toBeDefined(); // being used does not make it last longer
  clock.now = T0 + 24 * HOUR;
  expect(await cache.get(keyOf(1), anyRoom)).toBeUndefined();
  expect(filesIn(folder)).toEqual([]);
});

test("the folder holds as much as the setting says, and the least recently used goes first", async () => {
  const folder = temporaryFolder();
  const cache = cacheIn(folder);
  for (let n = 0; n < 10; n++) await cache.put(keyOf(n), piece(n));
  await cache.get(keyOf(0), anyRoom);
  await cache.put(keyOf(10), piece(10));
  await cache.put(keyOf(11), piece(11));
  const expected = [0, 3, 4, 5, 6, 7, 8, 9, 10, 11].map(keyOf).sort();
  await vi.waitFor(() => expect(filesIn(folder).sort()).toEqual(expected));
});

test("the order of use outlives the process", async () => {
  const folder = temporaryFolder();
  const clock = { now: T0 };
  const before = cacheIn(folder, clock);
  for (let n = 0; n < 10; n++) {
    clock.now += 1_000;
    await before.put(keyOf(n), piece(n));
  }
  clock.now += 2 * HOUR;
  await before.get(keyOf(0), anyRoom);
  await cacheIn(folder, clock).put(keyOf(10), piece(10));
  const expected = [0, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(keyOf).sort();
  await vi.waitFor(() => expect(filesIn(folder).sort()).toEqual(expected));
});

test("putting the same again counts once", async () => {
  const folder = temporaryFolder();
  const cache = cacheIn(folder);
  for (let n = 0; n < 9; n++) await cache.put(keyOf(n), piece(n));
  for (let times = 0; times < 20; times++) await cache.put(keyOf(9), piece(9));
  await cache.put(keyOf(9), piece(9));
  await vi.waitFor(() => expect(filesIn(folder)).toHaveLength(10));
});

test("what is larger than all of it is not kept, and drives nothing out", async () => {
  const folder = temporaryFolder();
  const cache = cacheIn(folder);
  await cache.put(keyOf(1), piece(1));
  await cache.put(keyOf(2), piece(2, 11 * KB));
  expect(filesIn(folder)).toEqual([keyOf(1)]);
});

test("two processes on one folder read what the other put, and miss what the other took away", async () => {
  const folder = temporaryFolder();
  const [one, other] = [cacheIn(folder), cacheIn(folder)];
  await one.put(keyOf(1), piece(1));
  expect(await other.get(keyOf(1), anyRoom)).toEqual(Buffer.from(piece(1)));
  await other.delete(keyOf(1));
  expect(await one.get(keyOf(1), anyRoom)).toBeUndefined();
  await one.delete(keyOf(1)); // that it is gone already is nobody's fault
});

test("many writers and readers of the same keys in several processes never see half a file", async () => {
  const folder = temporaryFolder();
  const caches = [cacheIn(folder), cacheIn(folder), cacheIn(folder)];
  const size = 3 * KB; // three files at once fill it: every put drives another out
  const isWhole = (bytes: Uint8Array | undefined) =>
    bytes === undefined || (bytes.byteLength === size && bytes.every((byte) => byte === bytes[0]));
  const work = caches.flatMap((cache) =>
    Array.from({ length: 60 }, async (_, n) => {
      await cache.put(keyOf(n % 6), piece(n % 6, size));
      return isWhole(await cache.get(keyOf((n + 1) % 6), anyRoom));
    }),
  );
  expect(new Set(await Promise.all(work))).toEqual(new Set([true]));
  expect(filesIn(folder).filter((name) => name.endsWith(".new"))).toEqual([]);
});

test("real processes on one folder, one of them killed in the midst of it, see whole files or none", async () => {
  const folder = temporaryFolder();
  const endless = startProcess(folder, 1_000_000);
  const others = [startProcess(folder, 100), startProcess(folder, 100)];
  const seen = await Promise.all(others.map(async ({ stdout }) => JSON.parse(await text(stdout!))));
  endless.kill("SIGKILL");
  expect(seen).toMatchObject([{ half: 0 }, { half: 0 }]);
  expect(seen[0].whole + seen[1].whole).toBeGreaterThan(0);
  const last = startProcess(folder, 1);
  expect(JSON.parse(await text(last.stdout!))).toMatchObject({ half: 0 });
});

function startProcess(folder: string, rounds: number): ChildProcess {
  const child = spawn(BUN, [PROCESS, folder, String(rounds)], { stdio: "pipe" });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

test("what another process put is counted at the next look, and room is made", async () => {
  const folder = temporaryFolder();
  const clock = { now: T0 };
  const [one, other] = [cacheIn(folder, clock), cacheIn(folder, clock)];
  await one.put(keyOf(0), piece(0));
  await other.put(keyOf(1), piece(1));
  for (let n = 2; n < 11; n++) await one.put(keyOf(n), piece(n));
  await vi.waitFor(() => expect(filesIn(folder)).toHaveLength(11));
  clock.now += HOUR;
  await one.get(keyOf(5), anyRoom);
  await vi.waitFor(() => expect(filesIn(folder)).toHaveLength(10));
});

test("what a process left behind that died while it wrote is swept, and so is what is over", async () => {
  const folder = temporaryFolder();
  const clock = { now: T0 };
  await cacheIn(folder, clock).put(keyOf(1), piece(1));
  const inner = join(folder, "0", "1");
  const draft = join(inner, `${keyOf(1)}.${crypto.randomUUID()}.new`);
  writeFileSync(draft, "half");
  utimesSync(draft, T0 / 1000, T0 / 1000);
  clock.now += HOUR / 2;
  await cacheIn(folder, clock).get(keyOf(2), anyRoom);
  clock.now += HOUR;
  await cacheIn(folder, clock).get(keyOf(2), anyRoom);
  await vi.waitFor(() => expect(filesIn(folder)).toEqual([keyOf(1)]));
  clock.now += 24 * HOUR;
  await cacheIn(folder, clock).get(keyOf(2), anyRoom);
  await vi.waitFor(() => expect(filesIn(folder)).toEqual([]));
});

test("a folder that holds other things, too, keeps them", async () => {
  const folder = temporaryFolder();
  const others = ["letter.txt", "a/notes.txt", "0/1/notes.new", `0/${keyOf(1)}`, "invoices/0/1"];
  for (const name of others) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), "mine");
    utimesSync(join(folder, name), 0, 0);
  }
  const before = cacheIn(folder);
  for (let n = 0; n < 5; n++) await before.put(keyOf(n), piece(n));
  // A look makes room once it has seen all of the folder.
  await cacheIn(folder, { now: T0 }, 2 * KB).get(keyOf(9), anyRoom);
  await vi.waitFor(() => expect(filesIn(folder)).toHaveLength(others.length + 2));
  for (const name of others) expect(existsSync(join(folder, name)), name).toBe(true);
});

test("a folder that vanishes is made again", async () => {
  const folder = join(temporaryFolder(), "cache");
  const lines = await loggedLines();
  const cache = cacheIn(folder);
  await cache.put(keyOf(1), piece(1));
  rmSync(folder, { recursive: true });
  expect(await cache.get(keyOf(1), anyRoom)).toBeUndefined();
  await cache.put(keyOf(1), piece(1));
  expect(await cache.get(keyOf(1), anyRoom)).toBeDefined();
  expect(lines).toEqual([]);
});

test("a place where no folder can be is told once, and fails nobody", async () => {
  const file = join(temporaryFolder(), "file");
  writeFileSync(file, "");
  const lines = await loggedLines();
  const cache = cacheIn(join(file, "cache"));
  for (let n = 0; n < 3; n++) {
    await cache.put(keyOf(n), piece(n));
    expect(await cache.get(keyOf(n), anyRoom)).toBeUndefined();
  }
  expect(lines).toEqual([expect.stringMatching(/file\/cache.*ENOTDIR/)]);
});

test("a full disk is told once, fails nobody, and what was kept is still read", async ({ skip }) => {
  const disk = await mountSmallDisk(1);
  if ("unavailable" in disk) return skip(disk.unavailable);
  const lines = await loggedLines();
  const cache = cacheIn(disk.folder, { now: T0 }, 100_000 * KB);
  await cache.put(keyOf(1), piece(1, 600 * KB));
  await cache.put(keyOf(2), piece(2, 600 * KB));
  await cache.put(keyOf(3), piece(3, 700 * KB));
  expect((await cache.get(keyOf(1), anyRoom))?.byteLength).toBe(600 * KB);
  expect(await cache.get(keyOf(2), anyRoom)).toBeUndefined();
  expect(filesIn(disk.folder)).toEqual([keyOf(1)]);
  expect(lines).toEqual([expect.stringContaining("ENOSPC")]);
  await disk.enlarge(4);
  await cache.put(keyOf(2), piece(2, 600 * KB));
  expect(await cache.get(keyOf(2), anyRoom)).toBeDefined();
});

test.each([
  ["no folder", { cacheDiskDir: undefined, cacheDiskMaxMb: 500, cacheDiskTtl: 1 }],
  ["no room", { cacheDiskDir: "/nowhere", cacheDiskMaxMb: 0, cacheDiskTtl: 1 }],
])("a setting for none is none: %s", (_, settings) => {
  expect(openDiskCache(settings)).toBeUndefined();
});
