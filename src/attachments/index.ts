/** What brings a message's attachments together, assembled: sources, cache, stores, large files. */
import type { Config } from "../config.ts";
import type { Database } from "../db/database.ts";
import type { HttpClient, Ports } from "../ports.ts";
import type { Vault } from "../security/vault.ts";
import { createCache } from "./cache-tiers.ts";
import { AttachmentError } from "./content.ts";
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

/** With the last requests that a runtime grants it is written down what was sent: no redirect leads into them. */
const KEPT = 16;

/** Throws ConfigError where a setting of attachments cannot be used. */
export function createFetcher({ config, db, ports, vault, signer }: FetcherParts): Fetcher {
  const surroundings = { ...ports, http: sparing(ports) };
  return new Fetcher({
    config,
    db,
    ports,
    sources: new Sources({ config, vault, ports: surroundings, surroundings }),
    caches: createCache(config, ports),
    large: { db, vault, surroundings, signer, publicUrl: config.publicUrl },
  });
}

function sparing({ http, requests }: Ports): HttpClient {
  if (requests === undefined) return http;
  return async (request) => {
    if (requests.left > KEPT) return http(request);
    throw new AttachmentError("it takes more requests than were left", false);
  };
}
