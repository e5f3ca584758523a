/** A place for files by a tenant's URL: `s3://`, `gs://`, `az://`, `r2://`, `file://`. */

/** What a store hands out of one file, or of the range that was asked for. */
export interface StoredFile {
  body: ReadableStream<Uint8Array>;
  /** Bytes of the body; undefined where the store does not say. */
  size: number | undefined;
  mimeType: string | undefined;
}

/** Bytes of a file, the first and the last included. */
export interface ByteRange {
  first: number;
  last: number;
}

export interface NewFile {
  bytes: Uint8Array;
  mimeType: string;
  filename: string;
}

export interface LinkOptions {
  filename: string;
  /** How long it is good for, from `now` on; a store that grants less gives what it grants. */
  seconds: number;
  /** Unix milliseconds: the same moment gives the same link. */
  now: number;
}

export interface Link {
  url: string;
  /** Unix milliseconds. */
  until: number;
}

/** Paths are relative to what the store's URL names, without a leading slash. Everything throws AttachmentError, or, once it is aborted, the signal's reason. */
export interface Store {
  /** Reads a file; permanent where there is none. */
  get(path: string, signal: AbortSignal, range?: ByteRange): Promise<StoredFile>;
  /** Writes a file as a whole: a reader sees all of it or nothing. The same again replaces it. */
  put(path: string, file: NewFile, signal: AbortSignal): Promise<void>;
  /** Deletes a file; that it is not there is no fault. */
  delete(path: string, signal: AbortSignal): Promise<void>;
  /** A URL by which anybody may read the file; undefined where the store has none, and the proxy serves it itself. */
  link(path: string, options: LinkOptions): Promise<Link | undefined>;
}
