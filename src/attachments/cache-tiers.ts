/** The cache of attachments: what this process has in memory, and behind it what its runtime keeps for longer. */
import { getLogger } from "@logtape/logtape";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { LRUCache } from "lru-cache";
import type { Config } from "../config.ts";
import type { ContentStorage, Ports, Room } from "../ports.ts";
import type { ContentCache, TenantCaches } from "./cache.ts";
import { md5Of } from "./md5.ts";

const log = getLogger(["mail-proxy", "attachments"]);

const MB = 1024 * 1024;
/** One entry takes at most this part of the memory, so that no single file drives out all others. */
const LARGEST_PART = 4;

export function createCache(
  config: Pick<Config, "cacheMemoryMaxMb" | "cacheMemoryTtl">,
  ports: Pick<Ports, "now" | "nextTurn" | "contentStorage">,
): TenantCaches {
  return new Tiers(memoryOf(config, ports.now), ports.contentStorage, ports.nextTurn);
}

/** For who counts no bytes. */
const unbounded: Room = async () => undefined;

type Memory = LRUCache<string, Uint8Array>;

function memoryOf({ cacheMemoryMaxMb, cacheMemoryTtl }: Parameters<typeof createCache>[0], now: () => number) {
  if (cacheMemoryMaxMb === 0) return undefined;
  return new LRUCache<string, Uint8Array>({
    maxSize: cacheMemoryMaxMb * MB,
    maxEntrySize: Math.floor((cacheMemoryMaxMb * MB) / LARGEST_PART),
    sizeCalculation: ({ byteLength }) => Math.max(byteLength, 1),
    ttl: cacheMemoryTtl * 1000,
    ttlResolution: 0,
    perf: { now },
  });
}

class Tiers implements TenantCaches {
  readonly #memory: Memory | undefined;
  readonly #storage: ContentStorage | undefined;
  readonly #nextTurn: () => Promise<void>;

  constructor(memory: Memory | undefined, storage: ContentStorage | undefined, nextTurn: () => Promise<void>) {
    this.#memory = memory;
    this.#storage = storage;
    this.#nextTurn = nextTurn;
  }

  of(tenantId: string): ContentCache {
    return {
      get: (md5, room = unbounded) => this.#get(keyOf(tenantId, md5), md5, room),
      put: async (md5, bytes) => {
        const key = keyOf(tenantId, md5);
        this.#remember(key, bytes);
        await this.#storage?.put(key, bytes);
      },
    };
  }

  async #get(key: string, md5: string, room: Room): Promise<Uint8Array | undefined> {
    const known = this.#memory?.get(key);
    if (known === undefined) return this.#read(key, md5, room);
    await room(known.byteLength);
    return known;
  }

  async #read(key: string, md5: string, room: Room): Promise<Uint8Array | undefined> {
    const bytes = await this.#storage?.get(key, room);
    if (bytes === undefined) return undefined;
    if ((await md5Of(bytes, this.#nextTurn)) === md5) {
      this.#remember(key, bytes);
      return bytes;
    }
    log.warning("the cache holds {md5} with other content: it is dropped, and fetched anew", { md5 });
    await this.#storage?.delete(key);
    return undefined;
  }

  /** A view would keep the whole of the buffer that it looks into. */
  #remember(key: string, bytes: Uint8Array): void {
    const isView = bytes.buffer.byteLength > bytes.byteLength;
    this.#memory?.set(key, isView ? new Uint8Array(bytes) : bytes);
  }
}

/** By tenant, so that knowing the MD5 of another's file opens nothing. The MD5's length is fixed: no two pairs are one text. */
function keyOf(tenantId: string, md5: string): string {
  return bytesToHex(sha256(utf8ToBytes(md5 + tenantId)));
}
