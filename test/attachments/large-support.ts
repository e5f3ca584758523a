/** Large files of a tenant over a real database and a real folder, by the clock of the test. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { beginOffload, type FetchedFile, type LargeFileOptions, type Offload } from "../../src/attachments/large.ts";
import { LinkSigner } from "../../src/attachments/large-link.ts";
import type { Database } from "../../src/db/database.ts";
import type { LargeFileConfig } from "../../src/db/schema.ts";
import { openFolder } from "../../src/runtimes/folder.ts";
import { createHttpClient } from "../../src/runtimes/http-client.ts";
import { sealStore } from "../../src/security/sealed-store.ts";
import { generateKey, openVault } from "../../src/security/vault.ts";
import { temporaryFolder, testDatabase } from "../support/database.ts";

export const T0 = 1_800_000_000_000;
export const DAY = 86_400_000;
export const vault = await openVault(generateKey());
export const signal = new AbortController().signal;

/** Above a limit of 0.001 MB, and of these bytes. */
export function file(filename = "report.pdf", size = 2_000, inline = false): FetchedFile {
  return { filename, mimeType: "application/pdf", bytes: new Uint8Array(size).fill(65), inline };
}

export class Large {
  readonly db: Database;
  readonly folder = temporaryFolder();
  readonly options: LargeFileOptions;

  constructor(db: Database) {
    this.db = db;
    const surroundings = { http: createHttpClient(), folder: openFolder, now: () => T0 };
    this.options = { db, vault, signer: new LinkSigner(vault), surroundings, publicUrl: "https://mail.example.com" };
  }

  static async open(): Promise<Large> {
    return new Large(await testDatabase());
  }

  get url(): string {
    return pathToFileURL(this.folder).href;
  }

  /** Names of all files in the store's folder. */
  get stored(): string[] {
    const entries = readdirSync(this.folder, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  }

  /** An attempt at a message; by default its tenant rewrites what has more than a kilobyte. */
  async attempt(
    config: LargeFileConfig & { url?: string } = {},
    message: { pk?: string; tenantId?: string; createdAt?: number } = {},
  ): Promise<Offload> {
    const { url = this.url, ...more } = config;
    const storage_url = await sealStore(vault, { url, publicOnly: false });
    const all: LargeFileConfig = { enabled: true, action: "rewrite", max_size_mb: 0.001, storage_url, ...more };
    const offload = await beginOffload(all, { pk: "pk", tenantId: "acme", createdAt: T0, ...message }, this.options);
    if (offload === undefined) throw new Error("nothing is done about large files");
    return offload;
  }
}
