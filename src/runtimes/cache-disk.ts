/**
 * Attachments kept on disk, in a folder that several processes may share.
 *
 * A file appears as a whole, under its name or not at all. Whatever another process does to the folder meanwhile is a miss
 * at worst: what was read is verified by the caller (attachments/cache-tiers.ts), and what is gone is fetched anew. Access
 * time is the last use, modification time the moment of putting; both are set here, since many systems do not keep the first.
 */
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { getLogger } from "@logtape/logtape";
import type { Config } from "../config.ts";
import { reason } from "../errors.ts";
import type { ContentStorage, Room } from "../ports.ts";
import { type CachedFile, CacheIndex } from "./cache-index.ts";

const log = getLogger(["mail-proxy", "attachments"]);

const DIGIT = /^[0-9a-f]$/;
const KEY = /^[0-9a-f]{64}$/;
/** A file on its way, and one that a process which died has left behind. */
const DRAFT = /^[0-9a-f]{64}\.[0-9a-f-]{36}\.new$/;
const DRAFT_MS = 3_600_000;
/** Others put files in and take them out, too: so often the whole folder is looked at, when it is used. */
const LOOK_MS = 300_000;
/** How exactly the last use is kept. */
const USE_MS = 60_000;

export interface DiskCacheOptions {
  folder: string;
  maxBytes: number;
  ttlMs: number;
  now(): number;
}

type Settings = Pick<Config, "cacheDiskDir" | "cacheDiskMaxMb" | "cacheDiskTtl">;

/** As the settings want it; undefined where they want none. */
export function openDiskCache({ cacheDiskDir, cacheDiskMaxMb, cacheDiskTtl }: Settings): DiskCache | undefined {
  if (cacheDiskDir === undefined || cacheDiskMaxMb === 0) return undefined;
  const maxBytes = cacheDiskMaxMb * 1024 * 1024;
  return new DiskCache({ folder: cacheDiskDir, maxBytes, ttlMs: cacheDiskTtl * 1000, now: Date.now });
}

export class DiskCache implements ContentStorage {
  readonly #folder: string;
  readonly #maxBytes: number;
  readonly #ttlMs: number;
  readonly #now: () => number;
  readonly #index: CacheIndex;
  #looked: Promise<void> = Promise.resolve();
  #lookedAt = Number.NEGATIVE_INFINITY;
  #hasComplained = false;

  constructor({ folder, maxBytes, ttlMs, now }: DiskCacheOptions) {
    this.#folder = folder;
    this.#maxBytes = maxBytes;
    this.#ttlMs = ttlMs;
    this.#now = now;
    this.#index = new CacheIndex(maxBytes);
  }

  async get(key: string, room: Room): Promise<Uint8Array | undefined> {
    this.#lookNowAndThen();
    const path = this.#pathOf(key);
    const seen = await this.#attempt(() => stat(path));
    if (seen === undefined) return undefined;
    if (this.#now() - seen.mtimeMs >= this.#ttlMs) {
      await this.delete(key);
      return undefined;
    }
    await room(seen.size);
    const bytes = await this.#attempt(() => readFile(path));
    this.#index.use(key);
    const now = this.#now();
    if (now - seen.atimeMs >= USE_MS) await this.#attempt(() => utimes(path, now / 1000, seen.mtimeMs / 1000));
    return bytes;
  }

  /** Settles once the file is there; room for it is made behind that. */
  async put(key: string, bytes: Uint8Array): Promise<void> {
    if (bytes.byteLength > this.#maxBytes) return;
    this.#lookNowAndThen();
    const path = this.#pathOf(key);
    const draft = `${path}.${crypto.randomUUID()}.new`;
    const isThere = await this.#attempt(async () => {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await writeFile(draft, bytes, { mode: 0o600, flag: "wx" });
      const now = this.#now() / 1000;
      await utimes(draft, now, now);
      await rename(draft, path);
      return true;
    });
    if (isThere === undefined) await this.#attempt(() => rm(draft, { force: true }));
    // Not before a look that is under way is over: it would not know of the file, and forget it.
    else void this.#looked.then(() => this.#makeRoom(key, bytes.byteLength));
  }

  async delete(key: string): Promise<void> {
    this.#index.remove(key);
    await this.#attempt(() => rm(this.#pathOf(key), { force: true }));
  }

  async #makeRoom(key: string, bytes: number): Promise<void> {
    this.#index.add(key, bytes);
    for (const surplus of this.#index.takeSurplus()) await this.delete(surplus);
  }

  #lookNowAndThen(): void {
    const now = this.#now();
    if (now - this.#lookedAt < LOOK_MS) return;
    this.#lookedAt = now;
    this.#looked = this.#look();
  }

  /** Takes stock, and sweeps what is over. Touches nothing that does not bear a name of ours. */
  async #look(): Promise<void> {
    const files: CachedFile[] = [];
    await this.#attempt(async () => {
      for await (const { key, path } of this.#paths()) {
        const seen = await stat(path).catch(unlessMissing);
        if (seen === undefined) continue;
        const isOver = this.#now() - seen.mtimeMs >= (key === undefined ? DRAFT_MS : this.#ttlMs);
        if (isOver) await rm(path, { force: true });
        else if (key !== undefined) files.push({ key, bytes: seen.size, usedAt: seen.atimeMs });
      }
    });
    this.#index.replace(files);
    for (const surplus of this.#index.takeSurplus()) await this.delete(surplus);
  }

  /** Every cached file, and every draft, which has no key. */
  async *#paths(): AsyncGenerator<{ key: string | undefined; path: string }> {
    for (const outer of await namesIn(this.#folder, DIGIT)) {
      for (const inner of await namesIn(join(this.#folder, outer), DIGIT)) {
        const folder = join(this.#folder, outer, inner);
        for (const key of await namesIn(folder, KEY)) yield { key, path: join(folder, key) };
        for (const draft of await namesIn(folder, DRAFT)) yield { key: undefined, path: join(folder, draft) };
      }
    }
  }

  /** Two levels of sixteen: a folder of all of them would be slow on some file systems. */
  #pathOf(key: string): string {
    return join(this.#folder, key.slice(0, 1), key.slice(1, 2), key);
  }

  /** Undefined where it cannot be done: a disk that is full or read-only keeps nothing, and no mail waits for it. */
  async #attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      this.#complain(error);
      return undefined;
    }
  }

  /** Once, since it will not be different for the next file. That something is not there is no complaint. */
  #complain(error: unknown): void {
    if (this.#hasComplained || isMissing(error)) return;
    this.#hasComplained = true;
    log.warning("the attachment cache {folder} cannot be used, so what it lacks is fetched each time: {reason}", {
      folder: this.#folder,
      reason: reason(error),
    });
  }
}

async function namesIn(folder: string, form: RegExp): Promise<string[]> {
  const names = (await readdir(folder).catch(unlessMissing)) ?? [];
  return names.filter((name) => form.test(name));
}

/** Nothing was ever put there, or another process has taken it away. */
function unlessMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
