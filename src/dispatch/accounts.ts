/**
 * The SMTP side of every account in use: its settings with the secret opened, and its pool of connections.
 *
 * Neither accounts nor connections pile up: there are no more connections than messages may be sent at once, and of the
 * accounts that idle whichever was used longest ago is forgotten beyond a bound.
 */
import type { Database } from "../db/database.ts";
import { reason } from "../errors.ts";
import type { Requests } from "../ports.ts";
import { type Alongside, WAITING_ACCOUNTS } from "../queue/look.ts";
import type { Vault } from "../security/vault.ts";
import type { SmtpAccount } from "../smtp/account.ts";
import { Berths } from "../smtp/berths.ts";
import { Pool, type PoolEvent } from "../smtp/pool.ts";
import { type Account, type AccountSettings, accountOf, loadAccount, opened } from "../tenancy/accounts.ts";
import { logConnection } from "./connection-log.ts";
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
  requests?: Requests | undefined;
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

/** Accounts whose settings come along with a look. */
const FIRST_ACCOUNTS = `${WAITING_ACCOUNTS} select * from accounts where key in (select key from waiting) and deleted_at is null limit 100`;

export class Senders {
  readonly #db: Database;
  readonly #vault: Vault;
  readonly #options: SenderOptions;
  readonly #pools = new Set<Pool>();
  /** Whichever was used longest ago comes first. */
  readonly #senders = new Map<number, Entry>();
  /** Read with a look and not used yet; secrets are sealed. */
  readonly #found = new Map<number, Account>();
  readonly #berths: Berths;
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
    this.#berths = new Berths(options.config.maxConcurrentSends, () => this.#shed());
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

  /** Until an account is known, a look brings the settings of those that have something to send: a round trip less for the first message. */
  alongside(): Alongside {
    return {
      statements: this.#senders.size > 0 ? [] : [FIRST_ACCOUNTS],
      read: ([found]) => {
        for (const account of (found?.rows ?? []).map(accountOf)) this.#found.set(account.key, account);
      },
    };
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

  /** The settings as a look found them, or as they are now. */
  async #settings(accountKey: number, revision: number): Promise<AccountSettings> {
    const found = this.#found.get(accountKey);
    this.#found.delete(accountKey);
    if (found === undefined || found.updatedAt < revision) return loadAccount(this.#db, this.#vault, accountKey);
    return opened(this.#vault, found);
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
    const entry: Entry = { revision, sender: this.#open(accountKey, revision), pool: undefined };
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

  async #open(accountKey: number, revision: number): Promise<Sender> {
    const settings = await this.#settings(accountKey, revision);
    const account = smtpAccount(settings, this.#options);
    const { config, now } = this.#options;
    const pool = new Pool(account, {
      maxConnections: settings.maxConnections ?? config.maxConnections,
      idleMs: settings.ttl * 1000,
      maxMessagesPerConnection: settings.maxMessagesPerConnection ?? undefined,
      berths: this.#berths,
      now,
      onEvent: (event) => {
        logConnection(settings, event);
        this.#note(accountKey, event);
      },
    });
    this.#pools.add(pool);
    return { settings, pool };
  }

  #note(accountKey: number, event: PoolEvent): void {
    if (event.kind !== "closed") this.#options.requests?.count();
    if (event.kind === "opened") this.#connections += 1;
    if (event.kind === "closed") this.#connections -= 1;
    if (event.kind === "limited") this.#options.limited(accountKey, event.connections);
  }

  /** Somebody waits for a connection, and there may be no more: whoever was served longest ago keeps none that idles. */
  #shed(): void {
    for (const { pool } of this.#senders.values()) if (pool?.shed()) return;
  }

  #trim(used: Entry): void {
    if (this.#senders.size <= MOST_SENDERS) return;
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
