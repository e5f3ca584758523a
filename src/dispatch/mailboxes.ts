/**
 * The mailboxes that this process reads: mail about what was sent comes back there.
 *
 * Now and then, and at once when settings change, a pass:
 * 1. wanted-mailboxes    which are there to be read
 * 2. end                 readers of those that are not, or that are set otherwise now, or whose lease is somebody else's
 * 3. claim               those that nobody reads and whose time has come: a reader (bounces/mailbox-reader) for each
 */
import {
  claimMailbox,
  type Lease,
  type MailboxRow,
  mailboxRows,
  renewMailboxes,
  revoke,
} from "../bounces/mailbox-lease.ts";
import { MailboxReader } from "../bounces/mailbox-reader.ts";
import { type MailboxState, stateOf } from "../bounces/mailbox-state.ts";
import type { Config } from "../config.ts";
import type { Database } from "../db/database.ts";
import { fencingToken } from "../db/fencing.ts";
import { reason } from "../errors.ts";
import type { OpenMailbox } from "../ports.ts";
import type { Vault } from "../security/vault.ts";
import { type MailboxSettings, readMailboxes } from "../tenancy/mailboxes.ts";
import { log } from "./log.ts";
import { mailboxAddress, placeOf } from "./mailbox-address.ts";
import { WantedMailboxes } from "./wanted-mailboxes.ts";

/** At once in this process, each with a connection and the mail that it is at: where there are more, they take turns. */
export const MOST_READERS = 200;
/** What has ended by itself is looked after this much later, so that nothing is hammered. */
const ENDED_MS = 1_000;

export interface MailboxesOptions {
  config: Config;
  ports: { now(): number; openMailbox?: OpenMailbox | undefined };
  db: Database;
  vault: Vault;
  /** A mail has come in; of `tenantId` null it may speak of anybody's messages. */
  receive(raw: Uint8Array, tenantId: string | null): Promise<unknown>;
}

interface Reading {
  settings: string;
  reader: MailboxReader;
}

export class Mailboxes {
  readonly #options: MailboxesOptions;
  readonly #token = fencingToken();
  readonly #readings = new Map<string, Reading>();
  readonly #wanted: WantedMailboxes;
  /** One pass or reload at a time: two would claim the same mailbox. */
  #last: Promise<void> = Promise.resolve();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #renewal: ReturnType<typeof setInterval> | undefined;
  #state: "new" | "running" | "stopped" = "new";

  constructor(options: MailboxesOptions) {
    this.#options = options;
    this.#wanted = new WantedMailboxes(options.db, options.vault, options.config.pollInterval * 1000);
  }

  /** In TEST_MODE only run-now reads. */
  start(): void {
    const { config, ports } = this.#options;
    if (config.testMode || ports.openMailbox === undefined) return;
    this.#state = "running";
    this.#renewal = setInterval(() => void this.#renew(), (config.leaseSeconds * 1000) / 3);
    this.#passIn(0);
  }

  /** Looks into all of them now, or whose turn it is; in TEST_MODE it settles when what was there is read. */
  async runNow(): Promise<void> {
    if (this.#state === "stopped") return;
    for (const { reader } of this.#readings.values()) reader.wake();
    this.#wanted.outdate();
    await this.#next(() => this.#pass());
    if (this.#state === "new") await this.#ended([...this.#readings.keys()]);
  }

  /** Whoever reads them stops, no backoff counts, and they are read anew, by this process if it reads any. Answers how many there are. */
  async reload(): Promise<number> {
    await this.#next(() => this.#reload());
    return this.#wanted.all.length;
  }

  /** The settings of one of them, or of all, were saved: what there is now is read at once. */
  changed(id?: string): void {
    // Where nothing is read, whoever reads elsewhere finds out by himself.
    if (this.#options.ports.openMailbox === undefined) return;
    this.#next(() => this.#reload(id)).catch((error: unknown) => {
      log.error("the mailboxes with new settings are read later: {reason}", { reason: reason(error) });
    });
  }

  /** What was changed so far is written down. */
  settled(): Promise<void> {
    return this.#last;
  }

  /** How each of them stands, over all processes. */
  async states(): Promise<MailboxState[]> {
    const { db, ports, vault } = this.#options;
    const [all, rows] = await Promise.all([readMailboxes(db, vault), mailboxRows(db)]);
    const now = ports.now();
    return all.map((settings) =>
      stateOf(settings, rows.get(settings.id), this.#readings.get(settings.id)?.reader, now),
    );
  }

  /** Ends all readers and gives their leases back; waits no longer than `graceMs` for what they are at. */
  async stop(graceMs: number): Promise<void> {
    this.#state = "stopped";
    clearTimeout(this.#timer);
    clearInterval(this.#renewal);
    let grace: ReturnType<typeof setTimeout> | undefined;
    const over = new Promise<void>((resolve) => {
      grace = setTimeout(resolve, graceMs);
    });
    const ended = this.#next(async () => this.#ended(this.#stopped([...this.#readings.keys()])));
    await Promise.race([ended, over]);
    clearTimeout(grace);
  }

  #next(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined); // its caller hears of it
    return done;
  }

  #passIn(ms: number): void {
    if (this.#state !== "running") return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#guardedPass(), ms);
  }

  async #guardedPass(): Promise<void> {
    try {
      await this.#next(() => this.#pass());
    } catch (error) {
      log.error("the mailboxes cannot be looked after, trying again: {reason}", { reason: reason(error) });
      this.#passIn(ENDED_MS);
    }
  }

  async #pass(): Promise<void> {
    if (this.#state === "stopped") return;
    const { config, db, ports } = this.#options;
    await this.#wanted.refresh(ports.now());
    const isIdle = this.#wanted.all.length + this.#readings.size === 0;
    const rows: Map<string, MailboxRow> = isIdle ? new Map() : await mailboxRows(db);
    await this.#ended(this.#stopped(this.#stale(rows)));
    const { openMailbox } = ports;
    if (openMailbox !== undefined)
      await Promise.all(this.#due(rows, ports.now()).map((settings) => this.#begin(settings, openMailbox)));
    const now = ports.now();
    // Of what others read it is known when their lease ends, of what has failed when it is tried again.
    const moments = [...rows.values()].map(({ leaseUntil, retryAt }) => Math.max(leaseUntil ?? 0, retryAt));
    const ahead = moments.filter((at) => at > now).map((at) => at - now);
    this.#passIn(Math.min(config.pollInterval * 1000, ...ahead));
  }

  /** Readers that have nothing to read any more: set otherwise, or without a lease. */
  #stale(rows: ReadonlyMap<string, MailboxRow>): string[] {
    const wanted = new Map(this.#wanted.all.map((settings) => [settings.id, JSON.stringify(settings)]));
    return [...this.#readings]
      .filter(([id, { settings }]) => wanted.get(id) !== settings || rows.get(id)?.token !== this.#token)
      .map(([id]) => id);
  }

  #stopped(ids: string[]): string[] {
    for (const id of ids) this.#readings.get(id)?.reader.stop();
    return ids;
  }

  async #ended(ids: readonly string[]): Promise<void> {
    await Promise.all(ids.map((id) => this.#readings.get(id)?.reader.ended));
  }

  /** Those that nobody reads and whose time has come, whichever was read longest ago first, as far as there is room. */
  #due(rows: ReadonlyMap<string, MailboxRow>, now: number): MailboxSettings[] {
    const readAt = ({ id }: MailboxSettings) => rows.get(id)?.lastReadAt ?? 0;
    const mayWait = (one: MailboxSettings) => this.#isCrowded && Math.abs(now - readAt(one)) < one.pollInterval * 1000;
    return this.#wanted.all
      .filter((one) => !this.#readings.has(one.id) && !mayWait(one))
      .filter((one) => isFree(rows.get(one.id), placeOf(one), this.#token, now))
      .sort((a, b) => readAt(a) - readAt(b))
      .slice(0, MOST_READERS - this.#readings.size);
  }

  get #isCrowded(): boolean {
    return this.#wanted.all.length > MOST_READERS;
  }

  async #begin(settings: MailboxSettings, open: OpenMailbox): Promise<void> {
    const { config, db, ports } = this.#options;
    const claim = {
      id: settings.id,
      place: placeOf(settings),
      token: this.#token,
      leaseMs: config.leaseSeconds * 1000,
    };
    const lease = await claimMailbox(db, claim, ports.now());
    if (lease !== undefined) this.#read(settings, lease, open);
  }

  #read(settings: MailboxSettings, lease: Lease, open: OpenMailbox): void {
    const { config, db, ports, receive } = this.#options;
    const { id, tenantId, accountId } = settings;
    const reader = new MailboxReader({
      name: accountId === null ? "instance" : `${tenantId} ${accountId}`,
      ...{ db, lease, now: ports.now, once: () => this.#state === "new" || this.#isCrowded },
      ...{ pollMs: settings.pollInterval * 1000, retentionMs: config.retentionSeconds * 1000 },
      open: async (signal) => open(mailboxAddress(settings), signal),
      receive: (raw) => receive(raw, tenantId),
    });
    this.#readings.set(id, { settings: JSON.stringify(settings), reader });
    void reader.ended.then(() => {
      this.#readings.delete(id);
      this.#passIn(ENDED_MS);
    });
  }

  async #reload(id?: string): Promise<void> {
    const { db, ports } = this.#options;
    const isThere = () => id === undefined || this.#wanted.has(id);
    const wasThere = isThere();
    this.#wanted.outdate();
    await this.#wanted.refresh(ports.now());
    if (!wasThere && !isThere()) return;
    await this.#ended(this.#stopped(id === undefined ? [...this.#readings.keys()] : [id]));
    await revoke(db, id);
    if (this.#state === "running") await this.#pass();
  }

  async #renew(): Promise<void> {
    if (this.#readings.size === 0) return;
    const { config, db, ports } = this.#options;
    const read = [...this.#readings].flatMap(([id, { reader }]): [string, number][] =>
      reader.lastReadAt === undefined ? [] : [[id, reader.lastReadAt]],
    );
    const until = ports.now() + config.leaseSeconds * 1000;
    try {
      await renewMailboxes(db, { token: this.#token, until, read: new Map(read) });
    } catch (error) {
      log.error("cannot renew the leases of the mailboxes: {reason}", { reason: reason(error) });
    }
  }
}

/** What the claim would find: most passes have nothing to claim, and need not ask. */
function isFree(row: MailboxRow | undefined, place: string, token: number, now: number): boolean {
  if (row === undefined) return true;
  const held = row.leaseUntil !== null && row.leaseUntil > now && row.token !== token;
  return !held && (row.retryAt <= now || row.place !== place);
}
