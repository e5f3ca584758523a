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
  /** This machine's name, for EHLO. */
  hostName: string;
  /** Where an account whose host is `sandbox` delivers; undefined where there is no sandbox. */
  sandbox: { host: string; port: number } | undefined;
  /** Undefined where the runtime can do everything. */
  restrictions: Restrictions | undefined;
  /** What it may still ask of others in this invocation; left out where nobody counts. */
  requests?: Requests | undefined;
}

/** Requests and connections to others: some runtimes grant only so many to an invocation. */
export interface Requests {
  readonly left: number;
  /** One more was made. */
  count(): void;
}
