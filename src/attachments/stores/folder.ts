/** A folder of this machine as a store; the proxy itself serves what is in it. */
import type { Folder } from "../../ports.ts";
import { AttachmentError } from "../content.ts";
import { segmentsOf } from "./path.ts";
import type { ByteRange, NewFile, Store, StoredFile } from "./store.ts";

export class FolderStore implements Store {
  readonly #folder: Folder;

  constructor(folder: Folder) {
    this.#folder = folder;
  }

  async get(path: string, _signal: AbortSignal, range?: ByteRange): Promise<StoredFile> {
    const plain = plainPath(path);
    const content = await tried(() => this.#folder.read(plain, range));
    if (content === "missing") throw new AttachmentError("the store's folder has no such file", true);
    return { ...content, mimeType: undefined };
  }

  async put(path: string, { bytes }: NewFile): Promise<void> {
    const plain = plainPath(path);
    const done = await tried(() => this.#folder.write(plain, bytes));
    if (done === "outside") throw new AttachmentError("the path leads out of the store's folder", true);
  }

  async delete(path: string): Promise<void> {
    const plain = plainPath(path);
    await tried(() => this.#folder.delete(plain));
  }

  async link(): Promise<undefined> {
    return undefined;
  }
}

function plainPath(path: string): string {
  return segmentsOf([], path).join("/");
}

/** A disk that is full or away may be neither later. */
async function tried<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
    throw new AttachmentError(`the store's folder cannot be used${code}`, false);
  }
}
