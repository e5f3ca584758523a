/**
 * Reads one mailbox for as long as its lease is ours.
 *
 * 1. open      the server, the folder; read-only
 * 2. begin     where the last reader ended, or, with another UIDVALIDITY and at first contact, with what came in of late
 * 3. read      all that is new, in pages: each mail is received, then the cursor moves (at least once, and none is left out)
 * 4. wait      until the server tells of something new, or for the poll interval; then read again
 *
 * A fault of the mailbox ends it with a backoff. One of the database ends it too, and the cursor stays where it is.
 */
import { getLogger } from "@logtape/logtape";
import type { Database } from "../db/database.ts";
import { reason } from "../errors.ts";
import type { Mailbox, MailboxMail } from "../ports.ts";
import { MailboxFault } from "./mailbox-fault.ts";
import { advance, type Cursor, fail, type Lease, release } from "./mailbox-lease.ts";
import { MOST_READ_BYTES } from "./notice.ts";

const log = getLogger(["mail-proxy", "bounces"]);

/** Mails that are asked for at once; behind each page the cursor moves. */
const PAGE = 50;
/** A mail that the receiver cannot bear is tried once more, and then passed over. */
const TRIES = 2;

export interface ReaderOptions {
  db: Database;
  lease: Lease;
  /** For the log: `instance`, or its tenant and account. */
  name: string;
  now(): number;
  /** The signal ends whatever it is at. */
  open(signal: AbortSignal): Promise<Mailbox>;
  /** Throws what the database throws, and nothing else as far as we know. */
  receive(raw: Uint8Array): Promise<unknown>;
  /** Longest wait between two looks. */
  pollMs: number;
  /** At first contact mails are read that are not older. */
  retentionMs: number;
  /** Whether it ends when it has read what is there, instead of waiting for more. */
  once(): boolean;
}

/** Somebody else reads this mailbox now. */
class LeaseLost extends Error {}

export class MailboxReader {
  /** What it does at the moment. */
  phase: "reading" | "waiting" = "reading";
  /** When it last had read everything, Unix milliseconds. */
  lastReadAt: number | undefined;
  /** Settles, always well, when it has ended and its lease is given back, as far as the database could be told. */
  readonly ended: Promise<void>;
  readonly #options: ReaderOptions;
  readonly #stop = new AbortController();
  #cursor: Cursor;
  #waiting: AbortController | undefined;

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.#cursor = options.lease;
    this.ended = this.#run();
  }

  /** Looks now instead of waiting. */
  wake(): void {
    this.#waiting?.abort();
  }

  /** Ends it: the mail that is being received is received to its end, and the cursor written. */
  stop(): void {
    this.#stop.abort();
  }

  async #run(): Promise<void> {
    const { db, lease, name } = this.#options;
    try {
      await this.#work().catch((error: unknown) => this.#failed(error));
      await release(db, lease);
    } catch (error) {
      log.error("the reading of mailbox {name} is broken off: {reason}", { name, reason: reason(error) });
    }
  }

  async #work(): Promise<void> {
    const { open, once, pollMs } = this.#options;
    const mailbox = await open(this.#stop.signal);
    try {
      await this.#begin(mailbox);
      await this.#readNew(mailbox);
      await this.#save(this.#cursor); // it can be read: its failures are over
      while (!once()) {
        this.#waiting = new AbortController();
        this.phase = "waiting";
        await mailbox.wait(pollMs, this.#waiting.signal);
        this.phase = "reading";
        await this.#readNew(mailbox);
      }
    } finally {
      await mailbox.close();
    }
  }

  /** What the mailbox was told to forget, or never knew, is not read: a week of mails, say, and not its whole past. */
  async #begin(mailbox: Mailbox): Promise<void> {
    const { now, retentionMs } = this.#options;
    const { uidValidity, uidNext } = mailbox;
    if (uidValidity === this.#cursor.uidValidity) return;
    // In this order: what comes in between the two is in the second.
    const newest = uidNext === undefined ? ((await mailbox.list(0)).at(-1) ?? 0) : uidNext - 1;
    const [first = newest + 1] = await mailbox.list(0, now() - retentionMs);
    await this.#save({ uidValidity, lastUid: first - 1 });
  }

  async #readNew(mailbox: Mailbox): Promise<void> {
    const { now } = this.#options;
    const uids = await mailbox.list(this.#cursor.lastUid);
    for (let at = 0; at < uids.length; at += PAGE) await this.#readPage(mailbox, uids.slice(at, at + PAGE));
    this.lastReadAt = now();
  }

  async #readPage(mailbox: Mailbox, page: readonly number[]): Promise<void> {
    const done = new Set<number>();
    try {
      for await (const mail of mailbox.fetch(page, MOST_READ_BYTES)) {
        await this.#receive(mail);
        done.add(mail.uid);
      }
    } catch (error) {
      // A server may send them in any order, and the cursor passes over none.
      const missing = page.findIndex((uid) => !done.has(uid));
      await this.#save({ ...this.#cursor, lastUid: page[missing - 1] ?? this.#cursor.lastUid });
      throw error;
    }
    await this.#save({ ...this.#cursor, lastUid: page.at(-1) ?? this.#cursor.lastUid });
  }

  async #receive(mail: MailboxMail): Promise<void> {
    const { name, receive } = this.#options;
    const { uid } = mail;
    if ("refused" in mail) {
      log.error("mail {uid} of mailbox {name} is passed over: {reason}", { name, uid, reason: mail.refused });
      return;
    }
    for (let tries = 1; ; tries += 1) {
      try {
        return void (await receive(mail.raw));
      } catch (error) {
        // Throws where it is the database that is away, or takes no writes: then the mail is none the worse.
        await this.#save(this.#cursor);
        if (tries < TRIES) continue;
        log.error("mail {uid} of mailbox {name} is passed over: {reason}", { name, uid, reason: reason(error) });
        return;
      }
    }
  }

  async #save(cursor: Cursor): Promise<void> {
    const { db, lease, now } = this.#options;
    if (!(await advance(db, lease, cursor, now()))) throw new LeaseLost();
    this.#cursor = cursor;
  }

  async #failed(error: unknown): Promise<void> {
    const { db, lease, name, now } = this.#options;
    if (this.#stop.signal.aborted || error instanceof LeaseLost) return;
    if (!(error instanceof MailboxFault)) throw error;
    const at = now();
    const retryAt = await fail(
      db,
      { ...lease, failures: this.lastReadAt === undefined ? lease.failures : 0 },
      error.message,
      at,
    );
    log.warn("mailbox {name} cannot be read, trying again in {seconds} s: {reason}", {
      ...{ name, seconds: (retryAt - at) / 1000, reason: error.message },
    });
  }
}
