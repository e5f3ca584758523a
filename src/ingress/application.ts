/** What the application does for those who hand in mail: app.ts has it, and this room knows no more of it. */
import type { RawMail } from "../mime/raw.ts";

export interface Application {
  /** Undefined where the key does not open what the user names; throws AppError. */
  login(user: string, key: string): Promise<Login | undefined>;
  /** The tenant that a user names, whatever the key; undefined where there is none. */
  tenantNamed(user: string): Promise<string | undefined>;
  /** Room in memory for a mail of the tenant; throws AppError where there is none. */
  enter(tenantId: string): Room;
  /** Settles once the mail is durable, or refused; throws AppError, or what the database says. */
  submit(submission: Submission): Promise<Taken>;
}

/** A tenant's application that has logged in. */
export interface Login {
  tenantId: string;
  accountId: string | undefined;
  /** SHA-256 of its key. */
  keyHash: string;
}

/** What a mail that is coming in may take of memory; given back once. */
export interface Room {
  /** So many bytes more; throws AppError where there is no room for them. */
  grow(bytes: number): void;
  leave(): void;
}

/** What the mail's own headers wish; checked by the API's schemas. */
export interface Wishes {
  accountId?: string | undefined;
  priority?: string | number | undefined;
  deferredTs?: string | undefined;
  batchCode?: string | undefined;
}

export interface Submission extends Wishes {
  mail: RawMail;
  tenantId: string;
  keyHash: string;
  /** By which the log knows the mail. */
  requestId: string;
  id: string;
  /** The id is the mail's own: the same mail again has the same, and is not taken twice. */
  once: boolean;
  maxBytes: number;
}

export type Taken = { taken: "now" | "again" } | { rejected: string; sender: boolean };
