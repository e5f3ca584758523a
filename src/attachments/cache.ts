/** Attachments that are known by their MD5. */

import type { Room } from "../ports.ts";

export interface ContentCache {
  /**
   * Content with that MD5 (32 hexadecimal digits in lower case), verified; undefined where it is not known.
   *
   * `room` is asked before so many bytes are read, and what it throws is thrown; where nothing comes of it, they are given back by the caller.
   */
  get(md5: string, room?: Room): Promise<Uint8Array | undefined>;
  /** Keeps content that the caller knows to have that MD5, as far as there is room. Never throws: a cache that cannot keep something has lost nothing. */
  put(md5: string, bytes: Uint8Array): Promise<void>;
}

/**
 * One for each tenant: whoever names an MD5 shall get what the same tenant has sent, never what another has.
 *
 * Made by `createCache` (cache-tiers.ts). What comes out of it is shared: nobody may write into it.
 */
export interface TenantCaches {
  of(tenantId: string): ContentCache;
}
