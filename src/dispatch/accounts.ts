/** The SMTP side of every account in use: its settings with the secret opened, and its pool of connections. */
import type { Config } from "../config.ts";
import type { Database } from "../db/database.ts";
import type { Vault } from "../security/vault.ts";
import type { SmtpAccount } from "../smtp/account.ts";
import { Pool } from "../smtp/pool.ts";
import { type AccountSettings, loadAccount } from "../tenancy/accounts.ts";
import { SANDBOX_HOST } from "../tenancy/sandbox.ts";

export interface Sender {
  settings: AccountSettings;
  pool: Pool;
}

export interface SenderOptions {
  config: Config;
  /** Where the host `sandbox` is. */
  sandbox: { host: string; port: number } | undefined;
  hostName: string;
  now(): number;
}

export class Senders {
  readonly #db: Database;
  readonly #vault: Vault;
  readonly #options: SenderOptions;
  readonly #pools = new Set<Pool>();
  readonly #senders = new Map<number, { revision: number; sender: Promise<Sender> }>();

  constructor(db: Database, vault: Vault, options: SenderOptions) {
    this.#db = db;
    this.#vault = vault;
    this.#options = options;
  }

  /** The sender of an account as of `revision`; an older one's connections are closed. */
  get(accountKey: number, revision: number): Promise<Sender> {
    const known = this.#senders.get(accountKey);
    if (known !== undefined && known.revision >= revision) return known.sender;
    this.forget(accountKey);
    const sender = this.#open(accountKey);
    const entry = { revision, sender };
    this.#senders.set(accountKey, entry);
    sender.catch(() => {
      if (this.#senders.get(accountKey) === entry) this.#senders.delete(accountKey);
    });
    return sender;
  }

  /** SMTP connections that are open now. */
  get connections(): number {
    let sum = 0;
    for (const pool of this.#pools) sum += pool.stats.open;
    return sum;
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

  async #open(accountKey: number): Promise<Sender> {
    const settings = await loadAccount(this.#db, this.#vault, accountKey);
    const { config, now } = this.#options;
    const pool = new Pool(this.#smtpAccount(settings), {
      maxConnections: settings.maxConnections ?? config.maxConnections,
      idleMs: settings.ttl * 1000,
      maxMessagesPerConnection: settings.maxMessagesPerConnection ?? undefined,
      now,
    });
    this.#pools.add(pool);
    return { settings, pool };
  }

  #smtpAccount(settings: AccountSettings): SmtpAccount {
    const { config, hostName, sandbox } = this.#options;
    const address = settings.host === SANDBOX_HOST && sandbox !== undefined ? sandbox : settings;
    return {
      host: address.host,
      port: address.port,
      tls: settings.tls,
      tlsVerify: settings.tlsVerify ?? undefined,
      ca: settings.ca ?? undefined,
      user: settings.user ?? undefined,
      password: settings.password ?? undefined,
      publicOnly: settings.publicOnly,
      authMethod: settings.authMethod,
      ehloName: settings.ehloName ?? config.ehloName ?? hostName,
      connectTimeoutMs: config.connectTimeout * 1000,
      replyTimeoutMs: config.replyTimeout * 1000,
    };
  }
}
