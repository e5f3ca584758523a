/** What brings a message's attachments together, assembled: sources, cache, stores, large files. */
import type { Config } from "../config.ts";
import type { Database } from "../db/database.ts";
import type { Ports } from "../ports.ts";
import type { Vault } from "../security/vault.ts";
import { createCache } from "./cache-tiers.ts";
import { Fetcher } from "./fetcher.ts";
import type { LinkSigner } from "./large-link.ts";
import { Sources } from "./sources.ts";

export interface FetcherParts {
  config: Config;
  db: Database;
  ports: Ports;
  vault: Vault;
  /** Makes the links to large files. */
  signer: LinkSigner;
}

/** Throws ConfigError where a setting of attachments cannot be used. */
export function createFetcher({ config, db, ports, vault, signer }: FetcherParts): Fetcher {
  const surroundings = ports;
  return new Fetcher({
    config,
    db,
    ports,
    sources: new Sources({ config, vault, ports, surroundings }),
    caches: createCache(config, ports),
    large: { db, vault, surroundings, signer, publicUrl: config.publicUrl },
  });
}
