/** What a runtime supplies to the application: the few things that are not the same everywhere. */
import type { Client } from "@libsql/client";

export interface DatabaseAddress {
  /** `file:...`, `libsql://...`, `https://...` or `http://...`. */
  url: string;
  token: string | undefined;
  /** Embedded files only: how much a commit waits for the disk. */
  synchronous: "NORMAL" | "FULL";
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
}
