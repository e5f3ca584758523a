/**
 * Large attachments of one message, by its tenant's settings: told of, refused, or stored and linked to.
 *
 * 1. beginOffload   what earlier attempts have stored is known before anything is fetched
 * 2. take           decides about each attachment as soon as it is there, so that its bytes can be let go of
 * 3. texts          puts the links at the end of the bodies, the same ones at every attempt
 *
 * An AttachmentError of any of them does not name the attachment; who calls does.
 */
import { getLogger } from "@logtape/logtape";
import type { Database } from "../db/database.ts";
import type { LargeFileConfig } from "../db/schema.ts";
import { openSealedStore, sealStore } from "../security/sealed-store.ts";
import type { Vault } from "../security/vault.ts";
import { AttachmentError } from "./content.ts";
import { Deadline } from "./deadline.ts";
import { beginFile, completeFile, type FileRow, filesOf } from "./large-files.ts";
import { type LinkSigner, newFileId, promisedUntil } from "./large-link.ts";
import { type LinkedFile, sizeInWords, type Texts, withLinks } from "./large-texts.ts";
import { openStore, type Surroundings } from "./stores/index.ts";
import { storeName } from "./stores/path.ts";
import type { Store } from "./stores/store.ts";

export type { Texts } from "./large-texts.ts";

const log = getLogger(["mail-proxy", "attachments"]);

/** What a store has to take a file: half a minute, and its size at 64 KB a second. */
const UPLOAD_MS = 30_000;
const UPLOAD_BYTES_PER_MS = 64;

const MEGABYTE = 1024 * 1024;
const DAY_MS = 86_400_000;
const DEFAULT_MAX_SIZE_MB = 10;
const DEFAULT_TTL_DAYS = 30;
/** The life of a store's own link to a file that is kept for ever: more than any store grants. */
const LONGEST_LINK_MS = 36_500 * DAY_MS;

export interface LargeFileOptions {
  db: Database;
  vault: Vault;
  signer: LinkSigner;
  surroundings: Surroundings;
  /** MAIL_PROXY_PUBLIC_URL. */
  publicUrl: string | undefined;
}

/** Of a claimed message. */
export interface Letterhead {
  pk: string;
  tenantId: string;
  /** Unix milliseconds. */
  createdAt: number;
}

export interface FetchedFile {
  filename: string;
  mimeType: string;
  bytes: Uint8Array;
  /** It is shown within the body, by its Content-ID: a link could not stand for it. */
  inline: boolean;
}

/** Undefined: the tenant does nothing about large files, and nothing is asked of the database. */
export async function beginOffload(
  config: LargeFileConfig | null,
  message: Letterhead,
  options: LargeFileOptions,
): Promise<Offload | undefined> {
  if (config?.enabled !== true) return undefined;
  const rewrites = config.action === "rewrite";
  const stored = rewrites ? await filesOf(options.db, message.pk, message.createdAt) : [];
  return new Offload(config, message, options, stored);
}

export class Offload {
  /** What was large and goes all the same, a sentence each. */
  readonly warnings: string[] = [];
  readonly #config: LargeFileConfig;
  readonly #message: Letterhead;
  readonly #options: LargeFileOptions;
  /** By position; one of size 0 was begun, and is stored anew. */
  readonly #files: Map<number, FileRow>;

  constructor(config: LargeFileConfig, message: Letterhead, options: LargeFileOptions, stored: readonly FileRow[]) {
    this.#config = config;
    this.#message = message;
    this.#options = options;
    this.#files = new Map(stored.map((file) => [file.position, file]));
  }

  /** An earlier attempt stored the attachment in this place: it need not be fetched again, and goes as its link. */
  isStored(position: number): boolean {
    return (this.#files.get(position)?.size ?? 0) > 0;
  }

  /** True: it is in the store, a link stands for it, and its bytes are to be let go of. Several may be under way at once. */
  async take(position: number, file: FetchedFile, now: number, signal: AbortSignal): Promise<boolean> {
    const { max_size_mb = DEFAULT_MAX_SIZE_MB, action = "warn" } = this.#config;
    const size = file.bytes.length;
    if (size <= max_size_mb * MEGABYTE) return false;
    const fault = `has ${sizeInWords(size)}, over the tenant's ${max_size_mb} MB`;
    if (action === "reject") throw new AttachmentError(fault, true);
    if (action === "rewrite" && !file.inline) {
      await this.#store(position, file, now, signal);
      return true;
    }
    this.warnings.push(`${file.filename} ${fault}`);
    const { pk, tenantId } = this.#message;
    log.warning("message {pk} of tenant {tenant_id}: {filename} {reason}", {
      ...{ pk, tenant_id: tenantId, filename: file.filename, reason: fault },
    });
    return false;
  }

  /** The bodies with the links at their end; to be asked once everything was taken. */
  async texts(texts: Texts): Promise<Texts> {
    const stored = [...this.#files.values()].filter(({ size }) => size > 0).sort((a, b) => a.position - b.position);
    return withLinks(texts, await Promise.all(stored.map((file) => this.#linked(file))));
  }

  async #store(position: number, file: FetchedFile, now: number, signal: AbortSignal): Promise<void> {
    const { db } = this.#options;
    const known = this.#files.get(position);
    const row = known ?? (await this.#row(position, file, now));
    await this.#linked(row); // throws where there would be no link
    const begun = known ?? (await beginFile(db, row));
    await upload(await this.#open(begun), begun.path, file, signal);
    await completeFile(db, begun.id, file.bytes.length);
    this.#files.set(position, { ...begun, size: file.bytes.length });
  }

  async #row(position: number, { filename, mimeType }: FetchedFile, now: number): Promise<FileRow> {
    const { vault } = this.#options;
    const { storage_url, file_ttl_days: days = DEFAULT_TTL_DAYS } = this.#config;
    if (storage_url === undefined)
      throw new AttachmentError("is large, and large_file_config has no storage_url", true);
    const store =
      typeof storage_url === "string" ? await sealStore(vault, await openSealedStore(vault, storage_url)) : storage_url;
    // Never older than the message as clocks see it, or the next attempt would take it for a former content's.
    const createdAt = Math.max(now, this.#message.createdAt);
    const expiresAt = days === 0 ? null : createdAt + days * DAY_MS;
    const id = newFileId(expiresAt);
    const { pk, tenantId } = this.#message;
    const path = `${storeName(tenantId)}/${id}/${storeName(filename)}`;
    return { id, tenantId, pk, position, store: store.sealed, path, filename, mimeType, size: 0, createdAt, expiresAt };
  }

  async #open(file: FileRow): Promise<Store> {
    const { vault, surroundings } = this.#options;
    return openStore(await openSealedStore(vault, file.store), surroundings);
  }

  /** By way of the proxy where it has a public URL; else the store's own link, which may end sooner. */
  async #linked(file: FileRow): Promise<LinkedFile> {
    const { filename, size, createdAt } = file;
    const until = promisedUntil(file.id);
    const baseUrl = this.#config.public_base_url ?? this.#options.publicUrl;
    if (baseUrl !== undefined) return { filename, size, until, url: await this.#options.signer.link(baseUrl, file) };
    const seconds = (until === null ? LONGEST_LINK_MS : until - createdAt) / 1000;
    const link = await (await this.#open(file)).link(file.path, { filename, seconds, now: createdAt });
    if (link !== undefined) return { filename, size, ...link };
    throw new AttachmentError(
      "is large, and no link can be made: its tenant needs a public_base_url, or the proxy a PUBLIC_URL",
      true,
    );
  }
}

async function upload(store: Store, path: string, file: FetchedFile, signal: AbortSignal): Promise<void> {
  const deadline = new Deadline(UPLOAD_MS + file.bytes.byteLength / UPLOAD_BYTES_PER_MS, signal);
  try {
    await store.put(path, file, deadline.signal);
  } catch (error) {
    if (deadline.isOver) throw new AttachmentError("is large, and its store does not take it in time", false);
    throw error;
  } finally {
    deadline.release();
  }
}
