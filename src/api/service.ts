/** What the handlers work with; app.ts supplies it. */
import type { Hono } from "hono";
import type { LinkSigner } from "../attachments/large-link.ts";
import type { Surroundings } from "../attachments/stores/index.ts";
import type { MailboxState } from "../bounces/mailbox-state.ts";
import type { Receiver } from "../bounces/receive.ts";
import type { Config } from "../config.ts";
import type { Database } from "../db/database.ts";
import type { Restrictions } from "../ports.ts";
import type { Durations } from "../queue/durations.ts";
import type { Intake } from "../queue/intake.ts";
import type { Vault } from "../security/vault.ts";
import type { Directory } from "../tenancy/directory.ts";
import type { CommandLog } from "./command-log.ts";
import type { Door } from "./door.ts";

/** The engine behind the API, as far as its handlers may touch it. */
export interface Engine {
  /** Messages came in: dispatch at once. */
  wake(): void;
  /** A tenant has something new to be told: report at once. */
  report(tenantId: string): void;
  /** Wakes everything; for one tenant it dispatches and reports now, overriding its endpoint's do-not-disturb. */
  runNow(tenantId: string | undefined): Promise<void>;
  /** An account was saved, resumed or deleted: its connections are opened anew. */
  accountChanged(accountKey: number): void;
  /** Connects and logs in as the account would, and tells each step; the last one failed, if any did. */
  testAccount(accountKey: number): Promise<TestStep[]>;
  /** The instance's settings for bounces were saved: mail that came back is read by them. */
  bouncesChanged(): void;
  /** A webhook was made, enabled or disabled, or is to be sent something: its line is looked at. */
  webhooksChanged(): void;
  /** The mailboxes for mail that comes back are read anew, whoever read them; answers how many there are. */
  reloadMailboxes(): Promise<number>;
  mailboxes(): Promise<MailboxState[]>;
  /** The bytes of a message, by its number, as they go out; undefined where nothing of what it says is kept. */
  rawMessage(seq: number): Promise<Uint8Array | undefined>;
  /** Whether this process sends and reports, and what it is doing. */
  state(): { active: boolean; draining: boolean; in_flight: number; connections: number };
}

/** What became of mail by SMTP since this process began, each time it was handed in whole. */
export interface MailCount {
  accepted: number;
  /** For now, or for good. */
  refused: number;
}

/** One step of an account's test. */
export interface TestStep {
  step: string;
  ok: boolean;
  ms: number;
  /** What went wrong; no secret is in it. */
  detail: string | null;
}

export interface Service {
  config: Config;
  version: string;
  /** With a mark where the sources were changed after it; null where the build knew of none. */
  commit: string | null;
  db: Database;
  vault: Vault;
  directory: Directory;
  intake: Intake;
  /** What all that comes in, over whichever protocol, has of this process's memory. */
  door: Door;
  /** What answers that hold messages' contents have of it, beside that. */
  reading: Door;
  engine: Engine;
  /** Of mail that came back. */
  receiver: Receiver;
  /** To be settled before the database closes. */
  commandLog: CommandLog;
  /** What this process has measured and not added to the totals yet. */
  durations: Durations;
  /** What came in by SMTP. */
  mails: MailCount;
  /** SHA-256 of the admin token, in hexadecimal. */
  adminTokenHash: string;
  now(): number;
  /** Of the links to large files. */
  signer: LinkSigner;
  /** What the stores of large files are reached by. */
  surroundings: Surroundings;
  /** What this process cannot do, where it sends: what another one sends is no matter of its own. */
  restrictions: Restrictions | undefined;
  /** The sandbox's inbox, where there is one. */
  inbox: Hono | undefined;
}
