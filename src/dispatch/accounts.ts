/**
 * The SMTP side of every account in use: its settings with the secret opened, and its pool of connections.
 *
 * Neither accounts nor connections pile up: of those that idle, whichever was used longest ago is closed beyond a bound.
 */
import type { Database } from "../db/database.ts";
import { reason } from "../errors.ts";
import type { Vault } from "../security/vault.ts";
import type { SmtpAccount } from "../smtp/account.ts";
import { Pool, type PoolEvent } from "../smtp/pool.ts";
import { type AccountSettings, loadAccount } from "../tenancy/accounts.ts";
import { type Surroundings, smtpAccount } from "./smtp-account.ts";

export interface Sender {
  settings: AccountSettings;
  pool: Pool;
}

/** The stored password cannot be opened: no connection of the account will be of use. */
export class Unusable extends Error {
  override readonly name = "Unusable";
}

export interface SenderOptions extends Surroundings {
  now(): number;
  /** The server of an account would not have one connection more than these. */
  limited(accountKey: number, connections: number): void;
}

interface Entry {
  revision: number;
  sender: Promise<Sender>;
  /** Once it is open. */
  pool: Pool | undefined;
}

/** Accounts that are remembered with nothing to send. */
const MOST_SENDERS = 1_000;

export class Senders {
  readonly #db: Database;
  readonly #vault: Vault;
  readonly #options: SenderOptions;
  readonly #pools = new Set<Pool>();
  /** Whichever was used longest ago comes first. */
  readonly #senders = new Map<number, Entry>();
  #connections = 0;

  constructor(db: Database, vault: Vault, options: SenderOptions) {
    this.#db = db;
    this.#vault = {
      ...vault,
      open: (sealed) =>
        vault.open(sealed).catch((error: unknown) => {
          throw new Unusable(reason(error), { cause: error });
        }),
    };
    this.#options = options;
  }

  /** The sender of an account as of `revision`; an older one's connections are closed. Throws `Unusable`, or what the database throws. */
  get(accountKey: number, revision: number): Promise<Sender> {
    const known = this.#senders.get(accountKey);
    const fresh = known !== undefined && known.revision >= revision;
    if (!fresh) this.forget(accountKey);
    const entry = fresh ? known : this.#enter(accountKey, revision);
    this.#senders.delete(accountKey);
    this.#senders.set(accountKey, entry);
    this.#trim(entry);
    return entry.sender;
  }

  /** SMTP connections that are open now. */
  get connections(): number {
    return this.#connections;
  }

  /** What a session with this account's server needs, as it is now. */
  async smtpAccount(accountKey: number): Promise<{ settings: AccountSettings; account: SmtpAccount }> {
    const settings = await loadAccount(this.#db, this.#vault, accountKey);
    return { settings, account: smtpAccount(settings, this.#options) };
  }

  /** Closes an account's connections; the next message opens new ones with its settings as they are then. */
  forget(accountKey: number): void {
    const known = this.#senders.get(accountKey);
    this.#senders.delete(accountKey);
    known?.sender.then(
      ({ pool }) => this.#close(pool),
      () => undefined, // it never opened, and whoever asked for it knows
    );
  }

  /** Says QUIT on every connection. */
  async close(): Promise<void> {
    this.#senders.clear();
    await Promise.all([...this.#pools].map((pool) => this.#close(pool)));
  }

  /** Cuts every connection; what was being sent is lost to its sender. */
  abort(): void {
    for (const pool of this.#pools) pool.abort();
  }

  async #close(pool: Pool): Promise<void> {
    await pool.close();
    this.#pools.delete(pool);
  }

  #enter(accountKey: number, revision: number): Entry {
    const entry: Entry = { revision, sender: this.#open(accountKey), pool: undefined };
    entry.sender.then(
      ({ pool }) => {
        entry.pool = pool;
      },
      () => {
        if (this.#senders.get(accountKey) === entry) this.#senders.delete(accountKey);
      },
    );
    return entry;
  }

  async #open(accountKey: number): Promise<Sender> {
    const { settings, account } = await this.smtpAccount(accountKey);
    const { config, now } = this.#options;
    const pool = new Pool(account, {
      maxConnections: settings.maxConnections ?? config.maxConnections,
      idleMs: settings.ttl * 1000,
      maxMessagesPerConnection: settings.maxMessagesPerConnection ?? undefined,
      now,
      onEvent: (event) => this.#note(accountKey, event),
    });
    this.#pools.add(pool);
    return { settings, pool };
  }

  #note(accountKey: number, event: PoolEvent): void {
    if (event.kind === "opened") this.#connections += 1;
    if (event.kind === "closed") this.#connections -= 1;
    if (event.kind === "limited") this.#options.limited(accountKey, event.connections);
  }

  /** No more connections are kept than messages may be sent at once: those at work are never more. */
  #trim(used: Entry): void {
    const { maxConcurrentSends } = this.#options.config;
    if (this.#senders.size <= MOST_SENDERS && this.#connections <= maxConcurrentSends) return;
    for (const [accountKey, entry] of this.#senders) {
      if (entry === used || entry.pool === undefined || !isIdle(entry.pool)) continue;
      this.forget(accountKey);
      return;
    }
  }
}

function isIdle({ stats: { open, idle, opening, waiting } }: Pool): boolean {
  return open === idle && opening === 0 && waiting === 0;
}
