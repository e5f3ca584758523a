/** An attachment's content on its way into a message, and why there may be none. */

export interface Content {
  bytes: Uint8Array;
  /** As its source names it; undefined where it names none. */
  mimeType: string | undefined;
}

/** An attachment as its message has it, in the words of the queue: by its content, or by where that is to be had. */
export type Attachment = InlineFile | RemoteFile;

interface Described {
  filename: string;
  mime_type?: string | undefined;
  content_id?: string | undefined;
  disposition?: "attachment" | "inline" | undefined;
}

export interface InlineFile extends Described {
  /** Base64. */
  content: string;
}

export interface RemoteFile extends Described {
  fetch_mode: "http_url" | "filesystem" | "storage" | "endpoint";
  storage_path: string;
  content_md5?: string | undefined;
  /** Credentials as JSON, sealed. */
  auth?: string | undefined;
}

/** Content that is about to be read. */
export interface Opened {
  body: ReadableStream<Uint8Array>;
  /** Bytes; undefined where the source does not say. */
  size: number | undefined;
  mimeType: string | undefined;
}

/** `permanent`: trying again would not help, and the message fails; else it is tried again as after a temporary SMTP reply. */
export class AttachmentError extends Error {
  override readonly name = "AttachmentError";
  readonly permanent: boolean;

  /** `message` stands in events and reports: it names no secret, and of a URL no more than its origin. */
  constructor(message: string, permanent: boolean) {
    super(message);
    this.permanent = permanent;
  }
}
