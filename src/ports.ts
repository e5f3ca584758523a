/** What a runtime supplies to the application: the few things that are not the same everywhere. */
import type { Client } from "@libsql/client";

export interface DatabaseAddress {
  /** `file:...`, `libsql://...`, `https://...` or `http://...`. */
  url: string;
  token: string | undefined;
  /** Embedded files only: how much a commit waits for the disk. */
  synchronous: "NORMAL" | "FULL";
}

/** What of an SMTP account may be more than a runtime can do; what is left out is not looked at. */
export interface ServerSettings {
  host?: string | undefined;
  port?: number | null | undefined;
  tlsVerify?: boolean | null | undefined;
  ca?: string | null | undefined;
  /** It never connects, so nothing of this matters. */
  suppressSend?: boolean | undefined;
}

/** What a runtime cannot do. Reasons are parts of a sentence that begins with the field's name, and name a way out. */
export interface Restrictions {
  /** The first setting, by its name in the API, that keeps this runtime from sending through the account. */
  accountFault(account: ServerSettings): { field: "host" | "port" | "tls_verify" | "ca"; reason: string } | undefined;
  /** What the runtime's own error means where no connection to the host came about. */
  explain(error: string, host: string): string;
  /** Why nothing can stand in files; the way out is the caller's to name. */
  filesFault: string;
}

export interface Ports {
  /** The wall clock, Unix milliseconds. */
  now(): number;
  /** Settles in the next turn of the event loop, after the I/O that is already waiting. */
  nextTurn(): Promise<void>;
  /** Connects to a database; the connection is ready for use (busy timeout, WAL). */
  openDatabase(address: DatabaseAddress): Promise<Client>;
  /** The addresses of a host; undefined where the runtime reaches public ones only. */
  resolve: ((host: string) => Promise<string[]>) | undefined;
  /** One HTTP request to where somebody else said. */
  http: HttpClient;
  /** This machine's name, for EHLO. */
  hostName: string;
  /** Where an account whose host is `sandbox` delivers; undefined where there is no sandbox. */
  sandbox: { host: string; port: number } | undefined;
  /** Undefined where the runtime can do everything. */
  restrictions: Restrictions | undefined;
  /** What it may still ask of others in this invocation; left out where nobody counts. */
  requests?: Requests | undefined;
  /** Where attachments are kept for longer than in memory; left out where they are not. */
  contentStorage?: ContentStorage | undefined;
  /** A folder of this machine by its `file:` URL; left out where there are no files. */
  folder?: ((url: string) => Folder) | undefined;
  /** A bucket of the platform's by the name of its binding; left out where there are none. */
  bucket?: ((binding: string) => Bucket | undefined) | undefined;
  /** Opens a mailbox to read it; left out where the runtime cannot. */
  openMailbox?: OpenMailbox | undefined;
}

/** A mailbox on an IMAP server, and as whom it is read. */
export interface MailboxAddress {
  host: string;
  port: number;
  user: string;
  password: string;
  folder: string;
  /** TLS from the first byte; STARTTLS; or STARTTLS where it is offered, and else none. */
  tls: "implicit" | "starttls" | "opportunistic";
  tlsVerify: boolean;
  /** PEM certificates to trust instead of the public roots. */
  ca: string | undefined;
  /** It is connected to at a public address, or not at all. */
  publicOnly: boolean;
  /** How long to wait for a connection, and for more of an answer. */
  timeoutMs: number;
}

/** Throws MailboxFault (bounces/mailbox-fault.ts), as all that it opens does. The signal ends it at any stage, what is open included. */
export type OpenMailbox = (address: MailboxAddress, signal: AbortSignal) => Promise<Mailbox>;

/** A mailbox that is open for reading; nothing in it is marked, moved or deleted. */
export interface Mailbox {
  /** RFC 3501 2.3.1.1: under another one, UIDs mean other mails. */
  readonly uidValidity: string;
  /** RFC 3501 2.3.1.1: every mail there was when it was opened has a smaller UID; undefined where the server does not say. */
  readonly uidNext: number | undefined;
  /** The UIDs above `after`, ascending; with `since` (Unix milliseconds) only of mails that came in on that day or later. */
  list(after: number, since?: number): Promise<number[]>;
  /** These mails as far as they are there, each up to so many bytes; read no faster than they are taken. */
  fetch(uids: readonly number[], mostBytes: number): AsyncIterable<MailboxMail>;
  /** Settles when something may have come in since the last `list`, after `ms` at the latest, or when the signal aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
  /** Says goodbye; never throws. */
  close(): Promise<void>;
}

/** `refused`: the server has it and does not hand it out, in its own words. */
export type MailboxMail = { uid: number; raw: Uint8Array } | { uid: number; refused: string };

/** Files below one folder, by paths that never lead out of it, links resolved. A fault of the disk is thrown. */
export interface Folder {
  /** The file, or of it the bytes from `first` to `last`; "missing" also where the path leads out, or to no plain file. */
  read(path: string, range?: { first: number; last: number }): Promise<FileContent | "missing">;
  /** The whole file or nothing, readable by this user alone; "outside" where the path leads out. */
  write(path: string, bytes: Uint8Array): Promise<"written" | "outside">;
  /** Also where there is none. */
  delete(path: string): Promise<void>;
}

export interface FileContent {
  body: ReadableStream<Uint8Array>;
  /** Bytes of the body. */
  size: number;
}

/** What is used of an R2 bucket. */
export interface Bucket {
  get(key: string, options?: { range: { offset: number; length: number } }): Promise<BucketObject | null>;
  put(key: string, bytes: Uint8Array, options: { httpMetadata: { contentType: string } }): Promise<unknown>;
  delete(key: string): Promise<void>;
}

export interface BucketObject {
  body: ReadableStream<Uint8Array>;
  /** Of the whole object. */
  size: number;
  httpMetadata?: { contentType?: string };
}

/** Settles once so many bytes may be read into memory. */
export type Room = (bytes: number) => Promise<void>;

/** Content by key, on a disk or in a platform's cache. It never throws on its own: what cannot be kept or read is not there. */
export interface ContentStorage {
  /** What was put under the key, perhaps damaged since. What `room` throws is thrown. */
  get(key: string, room: Room): Promise<Uint8Array | undefined>;
  put(key: string, bytes: Uint8Array): Promise<void>;
  delete(key: string): Promise<void>;
}

/** Requests and connections to others: some runtimes grant only so many to an invocation. */
export interface Requests {
  readonly left: number;
  /** One more was made. */
  count(): void;
}

export interface HttpRequest {
  method: "GET" | "HEAD" | "POST" | "PUT" | "DELETE";
  url: URL;
  headers: Headers;
  body?: string | Uint8Array<ArrayBuffer> | undefined;
  /** Why no connection may be made to this address of the host; asked of the very one that is connected to, where the runtime does not reach public ones only. */
  addressFault(address: string): string | undefined;
  /** Ends it at any stage, the body included. */
  signal: AbortSignal;
}

/** Follows no redirect, keeps no connection, and decodes what is compressed. Throws AddressRefused (security/reach.ts), or what the network says. */
export type HttpClient = (request: HttpRequest) => Promise<Response>;
