/**
 * Brings together what a message refers to, before it is sent.
 *
 * 1. The tenant's endpoint, stores and rule for large files.
 * 2. Of each attachment its content, a few at a time: known by its MD5 (cache.ts), or fetched (sources.ts, collect.ts).
 * 3. What is large for the tenant is told of, refused, or stored with a link in its place (large.ts).
 *
 * All of it is held against the budget of this process (budget.ts). What goes wrong is an AttachmentError that names the file.
 */
import type { Config } from "../config.ts";
import type { Database } from "../db/database.ts";
import type { Ports } from "../ports.ts";
import { usefulType } from "./answer.ts";
import type { Holding } from "./budget.ts";
import type { TenantCaches } from "./cache.ts";
import { collect } from "./collect.ts";
import { type Attachment, AttachmentError, type Content, type RemoteFile } from "./content.ts";
import { Deadline } from "./deadline.ts";
import { each } from "./each.ts";
import { decodedInline, isLooked, largeFile } from "./inline.ts";
import { beginOffload, type LargeFileOptions, type Offload, type Texts } from "./large.ts";
import { md5Of } from "./md5.ts";
import type { Sources } from "./sources.ts";
import { type AttachmentTenant, loadTenant } from "./tenant.ts";
import { Turns } from "./turns.ts";

export interface FetcherOptions {
  config: Config;
  db: Database;
  ports: Pick<Ports, "now" | "nextTurn">;
  sources: Sources;
  caches: TenantCaches;
  large: LargeFileOptions;
}

/** A claimed message, as far as its attachments go. */
export interface MessageFiles {
  pk: string;
  tenantId: string;
  createdAt: number;
  content: Texts & { attachments?: readonly Attachment[] | undefined };
}

/** What goes into the message beside what it says itself. */
export interface Prepared {
  /** By position: content that was fetched, or that a link stands for it; of others the message has it. */
  files: ReadonlyMap<number, Content | "linked">;
  texts: Texts;
  /** What was noticed and is no failure, for the report. */
  warnings: readonly string[];
}

/** Of one message on its way through `prepare`. */
interface Work {
  message: MessageFiles;
  tenant: AttachmentTenant;
  offload: Offload | undefined;
  holding: Holding;
  signal: AbortSignal;
  files: Map<number, Content | "linked">;
}

export class Fetcher {
  readonly #options: FetcherOptions;
  readonly #turns = new Turns();

  constructor(options: FetcherOptions) {
    this.#options = options;
  }

  /** Throws AttachmentError, what the database throws, or the signal's reason. */
  async prepare(message: MessageFiles, holding: Holding, signal: AbortSignal): Promise<Prepared> {
    const { config, db, large } = this.#options;
    const tenant = await loadTenant(db, message.tenantId);
    if (tenant === undefined) throw new AttachmentError("the tenant is gone", true);
    const offload = await beginOffload(tenant.largeFileConfig, message, large);
    // One that fails ends the others: without it the message does not go.
    const failing = new AbortController();
    const end = () => failing.abort(signal.reason);
    signal.addEventListener("abort", end);
    if (signal.aborted) end();
    const files = new Map<number, Content | "linked">();
    const work: Work = { message, tenant, offload, holding, signal: failing.signal, files };
    try {
      await each((message.content.attachments ?? []).entries(), config.attachmentConcurrency, async ([at, file]) => {
        await this.#bring(at, file, work).catch((error: unknown) => {
          failing.abort(error);
          throw naming(file.filename, error);
        });
      });
    } finally {
      signal.removeEventListener("abort", end);
    }
    const { text, html } = message.content;
    const texts = offload === undefined ? { text, html } : await offload.texts({ text, html });
    holding.complete();
    return { files, texts, warnings: offload?.warnings ?? [] };
  }

  async #bring(position: number, file: Attachment, work: Work): Promise<void> {
    const { offload, files, holding, signal } = work;
    const isRemote = !("content" in file);
    if (offload?.isStored(position)) return void files.set(position, "linked");
    if (!isRemote && (offload === undefined || !isLooked(file))) return;
    const content = isRemote ? await this.#content(file, work) : decodedInline(file);
    const isStored = await offload?.take(position, largeFile(file, content), this.#options.ports.now(), signal);
    if (isStored === true) files.set(position, "linked");
    else if (isRemote) files.set(position, content);
    if (isStored === true && isRemote) holding.shrink(content.bytes.byteLength);
  }

  /** By its MD5 from the cache, else from where it is. */
  async #content(file: RemoteFile, work: Work): Promise<Content> {
    const { content_md5: md5 } = file;
    if (md5 === undefined) return this.#fetch(file, work);
    const { tenantId } = work.message;
    const cache = this.#options.caches.of(tenantId);
    // Who wants the same at once waits for the one who fetches it.
    return this.#turns.take(`${md5} ${tenantId}`, work.signal, async (pass) => {
      let held = 0;
      const known = await cache.get(md5, async (bytes) => {
        await work.holding.grow(bytes, work.signal, pass);
        held += bytes;
      });
      if (known !== undefined) return { bytes: known, mimeType: file.mime_type };
      work.holding.shrink(held); // it was there, and damaged
      const content = await this.#fetch(file, work, pass);
      if ((await md5Of(content.bytes, this.#options.ports.nextTurn)) !== md5)
        throw new AttachmentError("has another MD5 than promised", true);
      await cache.put(md5, content.bytes);
      return content;
    });
  }

  async #fetch(file: RemoteFile, { tenant, holding, signal }: Work, waits?: () => void): Promise<Content> {
    const { config, sources } = this.#options;
    const deadline = new Deadline(config.attachmentTimeout * 1000, signal);
    try {
      const { body, size, mimeType } = await sources.open(file, tenant, deadline.signal);
      const grow = (bytes: number) => holding.grow(bytes, signal, waits);
      const bytes = await collect(body, size, { most: config.maxAttachmentBytes, deadline, grow });
      return { bytes, mimeType: file.mime_type ?? usefulType(mimeType) };
    } catch (error) {
      if (deadline.isOver) throw new AttachmentError(`has not come within ${config.attachmentTimeout} s`, false);
      if (signal.aborted || error instanceof AttachmentError) throw error;
      throw new AttachmentError("broke off while it was read", false);
    } finally {
      deadline.release();
    }
  }
}

/** The same failure, with the name of the file in front. */
function naming(filename: string, error: unknown): unknown {
  if (!(error instanceof AttachmentError)) return error;
  return new AttachmentError(`attachment ${JSON.stringify(filename)}: ${error.message}`, error.permanent);
}
