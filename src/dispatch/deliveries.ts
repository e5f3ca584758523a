/** What this process has in flight: a lane for each account, one settler for all, and the accounts' connections. */
import type { Config } from "../config.ts";
import type { Database } from "../db/database.ts";
import { reason } from "../errors.ts";
import { type Candidate, renew } from "../queue/claim.ts";
import { UNLIMITED } from "../queue/limits.ts";
import type { Claimed, Settlement } from "../queue/message.ts";
import type { AccountFault } from "../smtp/outcome.ts";
import type { Sender, Senders } from "./accounts.ts";
import { deliver, failed, giveBack } from "./deliver.ts";
import { endPause, pauseAfter } from "./health.ts";
import { Lane } from "./lane.ts";
import { log } from "./log.ts";
import { Settler } from "./settler.ts";

/** One is being sent, the next one is ready to follow behind its final dot (RFC 2920 3.1). */
const SENDERS_PER_CONNECTION = 2;
/** How long a stop tries to write down the last outcomes. */
const FLUSH_MS = 5_000;

export interface DeliveriesOptions {
  db: Database;
  config: Config;
  senders: Senders;
  now(): number;
  /** There may be room or reason for another pass. */
  wake(): void;
  /** A tenant has something new to be told. */
  report(tenantId: string): void;
}

export class Deliveries {
  readonly #options: DeliveriesOptions;
  readonly #settler: Settler;
  readonly #lanes = new Map<number, Lane>();
  /** A stop has cut the connections: what fails now is not the accounts' fault. */
  #cut = false;
  /** SMTP transactions under way, and messages that nothing has become of yet. */
  #sending = 0;
  #unsettled = 0;
  /** Sent, and not yet written down: still under lease. */
  readonly #settling = new Map<Settlement, Claimed>();
  /** How many more messages may be begun: all of them, unless a drain has its budget. */
  #allowance = Number.POSITIVE_INFINITY;
  /** There was room or reason for another pass since `more` was asked. */
  #woken = false;
  #changed: (() => void) | undefined;

  constructor(options: DeliveriesOptions) {
    this.#options = options;
    this.#settler = new Settler(options.db, {
      now: options.now,
      retentionMs: options.config.retentionSeconds * 1000,
      busy: () => this.#unsettled > 0,
      settled: (group) => this.#settled(group),
    });
  }

  /** Messages under lease: in line, being sent, or sent and not yet written down. */
  get inFlight(): number {
    return this.#unsettled + this.#settling.size;
  }

  /** How many more messages to claim for an account: a batch, as soon as its line is half empty. */
  room(account: Candidate): number {
    const batch = account.batchSize ?? this.#options.config.batchSizePerAccount;
    const waiting = this.#lanes.get(account.accountKey)?.waiting ?? 0;
    return waiting <= batch / 2 ? Math.min(batch, this.#allowance) : 0;
  }

  /** Begins at most so many messages from now on. */
  limit(messages: number): void {
    this.#allowance = messages;
    this.#changed?.();
  }

  /** True as soon as there is room or reason for another pass; false once nothing is in flight or the limit is reached. */
  async more(): Promise<boolean> {
    while (!this.#woken && this.inFlight > 0 && this.#allowance > 0)
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    const more = this.#woken && this.#allowance > 0;
    this.#woken = false;
    return more;
  }

  add(account: Candidate, claimed: readonly Claimed[]): void {
    const lane = this.#lanes.get(account.accountKey) ?? this.#open(account);
    lane.account = account;
    this.#unsettled += claimed.length;
    lane.add(claimed);
  }

  /** Which accounts have more in the queue than was claimed for them. */
  expect(accountKeys: ReadonlySet<number>): void {
    for (const [accountKey, lane] of this.#lanes) lane.hasMore = accountKeys.has(accountKey);
  }

  /** Prolongs every lease, so that a slow server never leads to a second send by another process. */
  async renew(leaseMs: number): Promise<void> {
    const held = [...this.#lanes.values()].flatMap((lane) => lane.held());
    const leased = [...held, ...this.#settling.values()];
    if (leased.length === 0) return;
    const lost = await renew(this.#options.db, leased, this.#options.now(), leaseMs);
    // What is being sent cannot be called back, and what is sent is told by its settlement; the rest is another's now.
    for (const claimed of lost) if (this.#lanes.get(claimed.accountKey)?.drop(claimed)) this.#forget(claimed);
  }

  /** Its lease is over: whoever claims it next sends it. */
  #forget({ id, tenantId }: Claimed): void {
    this.#unsettled -= 1;
    log.warning("message {id} of {tenant}: its lease ended before its turn came", { id, tenant: tenantId });
  }

  /**
   * Gives back what has not been begun, and waits at most `graceMs` for what has. Then the connections are cut: what a
   * server has not answered by then has an unknown outcome, is written down as such and tried again by the next process.
   */
  async stop(graceMs: number): Promise<void> {
    for (const lane of this.#lanes.values()) this.#giveBack(lane);
    const idle = Promise.all([...this.#lanes.values()].map((lane) => lane.idle()));
    await within(graceMs, idle);
    this.#cut = true;
    this.#options.senders.abort();
    await idle;
    await within(FLUSH_MS, this.#settler.flush());
    if (this.inFlight > 0)
      log.warning("the database is away: the leases of {count} messages will expire", { count: this.inFlight });
  }

  #open(account: Candidate): Lane {
    const lane: Lane = new Lane(account, {
      width: ({ maxConnections }) => SENDERS_PER_CONNECTION * (maxConnections ?? this.#options.config.maxConnections),
      send: (claimed) => this.#send(lane, claimed),
      mayBegin: () => this.#sending < this.#options.config.maxConcurrentSends && this.#allowance > 0,
      ended: () => this.#ended(),
      short: () => this.#wake(),
    });
    this.#lanes.set(account.accountKey, lane);
    return lane;
  }

  #wake(): void {
    this.#woken = true;
    this.#changed?.();
    this.#options.wake();
  }

  #ended(): void {
    this.#sending -= 1;
    if (this.#sending + 1 < this.#options.config.maxConcurrentSends) return; // nobody was waiting for a place
    for (const [accountKey, lane] of [...this.#lanes]) {
      const before = this.#sending;
      lane.fill();
      if (this.#sending === before) continue;
      // Served: the others come first next time.
      this.#lanes.delete(accountKey);
      this.#lanes.set(accountKey, lane);
      return;
    }
  }

  async #send(lane: Lane, claimed: Claimed): Promise<void> {
    const { config, now, senders } = this.#options;
    this.#sending += 1;
    this.limit(this.#allowance - 1);
    if (now() >= claimed.leaseUntil) return this.#forget(claimed); // this process was cut off, or stood still
    if (now() >= claimed.expiresAt) return this.#settle(claimed, giveBack(claimed)); // the schedule gives it up
    const { accountKey, revision } = lane.account;
    let sender: Sender;
    try {
      sender = await senders.get(accountKey, revision);
    } catch (error) {
      log.error("message {id}: cannot load its account: {error}", { id: claimed.id, error: reason(error) });
      const fault: AccountFault = { kind: "account_fault", stage: "connect", error: reason(error) };
      return this.#faulted(lane, claimed, fault);
    }
    const { settlement, fault } = await deliver(claimed, sender, config, now).catch((mistake: unknown) => {
      // Ours, not the message's; but trying again would only make it again.
      log.error("message {id}: {reason}", { id: claimed.id, reason: reason(mistake) });
      return { settlement: failed(claimed, `internal error: ${reason(mistake)}`), fault: undefined };
    });
    if (fault !== undefined) return this.#faulted(lane, claimed, fault);
    if (settlement.counts && lane.account.faults > 0) {
      lane.account = { ...lane.account, faults: 0 }; // a server answered, so the account is well
      await endPause(lane.account, this.#options.db);
    }
    this.#note(claimed, settlement);
    this.#settle(claimed, settlement);
  }

  #note({ id, tenantId, accountKey, pk }: Claimed, { state, attempts, error }: Settlement): void {
    const level = this.#options.config.logDeliveryActivity ? "info" : "debug";
    const words = error === null ? "message {id} of {tenant}: {state}" : "message {id} of {tenant}: {state}, {error}";
    log[level](words, { id, tenant: tenantId, account: accountKey, pk, state, attempts, error });
  }

  #settle(claimed: Claimed, settlement: Settlement): void {
    this.#unsettled -= 1;
    this.#settling.set(settlement, claimed);
    this.#settler.add(settlement);
  }

  #settled(group: readonly Settlement[]): void {
    let news = false;
    for (const settlement of group) {
      const claimed = this.#settling.get(settlement);
      this.#settling.delete(settlement);
      if (claimed === undefined) continue;
      if (settlement.event !== null) this.#options.report(claimed.tenantId);
      news ||= settlement.state === "ready" || settlement.state === "scheduled" || this.#heldBack(claimed.accountKey);
    }
    if (news) this.#wake();
    this.#changed?.();
  }

  /** Whether the account could not have all it wanted: a slot that is free again may be its next. */
  #heldBack(accountKey: number): boolean {
    const account = this.#lanes.get(accountKey)?.account;
    return account !== undefined && account.slots < UNLIMITED;
  }

  #giveBack(lane: Lane): void {
    for (const claimed of lane.clear()) this.#settle(claimed, giveBack(claimed));
  }

  /** The account pauses, and its messages wait in the queue at no cost. */
  async #faulted(lane: Lane, claimed: Claimed, fault: AccountFault): Promise<void> {
    const { db, now } = this.#options;
    if (!this.#cut) await pauseAfter(fault, lane.account, db, now());
    this.#settle(claimed, giveBack(claimed));
    this.#giveBack(lane);
  }
}

/** Settles with the promise, or when the time is over. */
async function within(ms: number, promise: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([promise, over]);
  clearTimeout(timer);
}
