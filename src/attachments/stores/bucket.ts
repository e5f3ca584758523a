/** An R2 bucket that is bound to the Worker: no credentials, no links of its own. */
import type { Bucket } from "../../ports.ts";
import { AttachmentError } from "../content.ts";
import { segmentsOf } from "./path.ts";
import type { ByteRange, NewFile, Store, StoredFile } from "./store.ts";

export class BucketStore implements Store {
  readonly #bucket: Bucket;
  readonly #prefix: readonly string[];

  constructor(bucket: Bucket, prefix: readonly string[]) {
    this.#bucket = bucket;
    this.#prefix = prefix;
  }

  async get(path: string, _signal: AbortSignal, range?: ByteRange): Promise<StoredFile> {
    const key = this.#key(path);
    const part = range && { offset: range.first, length: range.last - range.first + 1 };
    const object = await asked(() => this.#bucket.get(key, part && { range: part }));
    if (object === null) throw new AttachmentError("the R2 bucket has no such file", true);
    return { body: object.body, size: part?.length ?? object.size, mimeType: object.httpMetadata?.contentType };
  }

  async put(path: string, { bytes, mimeType }: NewFile): Promise<void> {
    const key = this.#key(path);
    await asked(() => this.#bucket.put(key, bytes, { httpMetadata: { contentType: mimeType } }));
  }

  async delete(path: string): Promise<void> {
    const key = this.#key(path);
    await asked(() => this.#bucket.delete(key));
  }

  async link(): Promise<undefined> {
    return undefined;
  }

  #key(path: string): string {
    return segmentsOf(this.#prefix, path).join("/");
  }
}

/** The platform retries what it can itself; what is left passes. */
async function asked<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch {
    throw new AttachmentError("the R2 bucket does not answer", false);
  }
}
