/**
 * Downloads of large files by the links in messages: public, since whoever has the link has the message.
 *
 * 1. The token is checked before anything is asked: a forged one costs no query, and always the same time.
 * 2. The file goes through the proxy, or, where its store makes links of its own, the reader goes there for some minutes.
 * 3. A download that begins at the beginning is counted.
 */
import { type Context, Hono } from "hono";
import { AttachmentError } from "../attachments/content.ts";
import { countDownload, type FileRow, findFile } from "../attachments/large-files.ts";
import { attachmentDisposition } from "../attachments/stores/disposition.ts";
import { openStore } from "../attachments/stores/index.ts";
import type { ByteRange, Store, StoredFile } from "../attachments/stores/store.ts";
import { AppError } from "../errors.ts";
import { openSealedStore } from "../security/sealed-store.ts";
import type { Env } from "./env.ts";
import { rangeOf } from "./range.ts";
import type { Service } from "./service.ts";

/** Of a store's own link: long enough to begin, and a download that has begun goes on. */
const REDIRECT_SECONDS = 300;
/** For a store to begin its answer. */
const STORE_MS = 30_000;

export function fileRoutes(service: Service): Hono<Env> {
  const { db, now, signer, surroundings, vault } = service;
  const app = new Hono<Env>();

  app.get("/files/:token/:filename", async (c) => {
    const id = await signer.idOf(c.req.param("token"));
    if (id === undefined) throw new AppError("not_found", "there is no such file: the link is not a whole one");
    const file = await findFile(db, id, now());
    if (file === undefined) throw new AppError("gone", "the file is no longer there: its link has expired");
    const range = wantedRange(c, file);
    if (range === "unsatisfiable") return c.body(null, 416, { "Content-Range": `bytes */${file.size}` });
    if (c.req.method === "HEAD") return c.body(null, 200, { ...labels(file), ...extent(file, undefined) });
    const store = openStore(await openSealedStore(vault, file.store), surroundings);
    const link = await store.link(file.path, { filename: file.filename, seconds: REDIRECT_SECONDS, now: now() });
    if (link !== undefined) {
      await countDownload(db, file.id, now());
      return c.redirect(link.url, 302);
    }
    const { body } = await begun(store, file, range);
    if (range === undefined || range.first === 0) await countDownload(db, file.id, now());
    const size = range === undefined ? file.size : range.last - range.first + 1;
    return c.body(exactly(body, size), range === undefined ? 200 : 206, { ...labels(file), ...extent(file, range) });
  });

  return app;
}

/** A reader that continues an older download says of what: the id stands for a content that never changes. */
function wantedRange(c: Context<Env>, file: FileRow): ReturnType<typeof rangeOf> {
  const condition = c.req.header("If-Range");
  return condition === undefined || condition === etag(file) ? rangeOf(c.req.header("Range"), file.size) : undefined;
}

function etag({ id }: FileRow): string {
  return `"${id}"`;
}

/** Whatever it holds is saved, not shown; and if a browser should show it all the same, it may do nothing there. */
function labels(file: FileRow): Record<string, string> {
  return {
    "Content-Type": /^[\w.+-]+\/[\w.+-]+$/.test(file.mimeType) ? file.mimeType : "application/octet-stream",
    "Content-Disposition": attachmentDisposition(file.filename),
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Accept-Ranges": "bytes",
    ETag: etag(file),
  };
}

function extent({ size }: FileRow, range: ByteRange | undefined): Record<string, string> {
  if (range === undefined) return { "Content-Length": String(size) };
  const { first, last } = range;
  return { "Content-Length": String(last - first + 1), "Content-Range": `bytes ${first}-${last}/${size}` };
}

/** As many bytes as are announced (RFC 9112 6.3): what a store sends beyond them would be read as the next answer on the connection. */
function exactly(body: ReadableStream<Uint8Array>, size: number): ReadableStream<Uint8Array> {
  let left = size;
  const counted = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      left -= chunk.byteLength;
      if (left < 0) controller.error(new Error("the store sends more than the file has"));
      else controller.enqueue(chunk);
    },
    flush(controller) {
      if (left > 0) controller.error(new Error("the store sends less than the file has"));
    },
  });
  return body.pipeThrough(counted);
}

/** The store has so long to begin; how long the reader then takes is his affair. */
async function begun(store: Store, { path }: FileRow, range: ByteRange | undefined): Promise<StoredFile> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), STORE_MS);
  try {
    return await store.get(path, late.signal, range);
  } catch (error) {
    if (error instanceof AttachmentError && error.permanent)
      throw new AppError("gone", "the file is no longer where it was stored", { cause: error });
    if (error instanceof AttachmentError || late.signal.aborted)
      throw new AppError("store_unavailable", "the file cannot be had at the moment", { retryAfter: 60, cause: error });
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
