/** What this process has in flight: a lane for each account, the places that they share, and the ledger of what is owed. */
import type { Fetcher } from "../attachments/fetcher.ts";
import type { UnsubscribeLinks } from "../bounces/unsubscribe-link.ts";
import type { Config } from "../config.ts";
import type { Database } from "../db/database.ts";
import type { Requests } from "../ports.ts";
import { renew } from "../queue/claim.ts";
import { UNLIMITED } from "../queue/limits.ts";
import type { Candidate } from "../queue/look.ts";
import type { Claimed, Settlement } from "../queue/message.ts";
import type { Senders } from "./accounts.ts";
import { Allowance } from "./allowance.ts";
import { Courier } from "./courier.ts";
import { endsWithin } from "./deadline.ts";
import { Lane } from "./lane.ts";
import { Ledger } from "./ledger.ts";
import { log } from "./log.ts";
import { Places } from "./places.ts";
import { Preparations } from "./preparations.ts";
import type { ReturnPaths } from "./return-paths.ts";
import { Roster } from "./roster.ts";
import { type Division, type Share, shareOut } from "./shares.ts";

/** One is being sent, the next one is ready to follow behind its final dot (RFC 2920 3.1). */
const SENDERS_PER_CONNECTION = 2;
/** How long a stop tries to write down the last outcomes: within the five seconds that the process then has (cli/start.ts). */
const FLUSH_MS = 4_000;

export interface DeliveriesOptions {
  db: Database;
  config: Config;
  senders: Senders;
  returnPaths: ReturnPaths;
  unsubscribeLinks: UnsubscribeLinks;
  fetcher: Fetcher;
  requests?: Requests | undefined;
  now(): number;
  /** There may be room or reason for another pass. */
  wake(): void;
  /** A tenant has something new to be told. */
  report(tenantId: string): void;
  /** How long an attempt took. */
  timed?: ((ms: number) => void) | undefined;
  /** How long a message had waited that a server has taken. */
  delivered?: ((waitMs: number) => void) | undefined;
}

export class Deliveries {
  readonly #options: DeliveriesOptions;
  readonly #ledger: Ledger;
  readonly #courier: Courier;
  readonly #places: Places;
  readonly #preparations: Preparations;
  readonly #roster = new Roster();
  readonly #allowance: Allowance;
  /** The account whose turn was last; before the first one it is any, so that no invocation begins where others do. */
  #turn: number | undefined;
  /** In the last pass an account had no share, since others' content takes all there is room for. */
  #starved = false;
  /** A lane was to begin one more while too much was not written down yet. */
  #heldUp = false;
  /** What was settled since the last group is news for the loop. */
  #news = false;
  /** There was room or reason for another pass since `more` was asked. */
  #woken = false;
  #changed: (() => void) | undefined;

  constructor(options: DeliveriesOptions) {
    const { config, fetcher, requests } = options;
    const { maxConcurrentSends, tickSubrequests } = config;
    this.#options = options;
    this.#allowance = new Allowance(requests, tickSubrequests, maxConcurrentSends);
    this.#preparations = new Preparations({ config, fetcher, allowance: this.#allowance });
    this.#ledger = new Ledger({
      ...options,
      ended: (claimed) => this.#preparations.end(claimed),
      settled: (settlement) => this.#settled(settlement),
      progressed: () => this.#progressed(),
    });
    this.#courier = new Courier({ ...options, ledger: this.#ledger, preparations: this.#preparations });
    this.#places = new Places(maxConcurrentSends);
  }

  /** Messages under lease: in line, being sent, or sent and not yet written down. */
  get inFlight(): number {
    return this.#ledger.size;
  }

  /** What a pass may claim for whom. */
  shares(accounts: readonly Candidate[]): Share[] {
    const { shares, next, starved } = this.#shareOut(accounts);
    this.#turn = next;
    this.#starved = starved;
    return shares;
  }

  /** Whether a pass could claim anything for them. */
  couldServe(accounts: readonly Candidate[]): boolean {
    return this.#shareOut(accounts).shares.length > 0;
  }

  #shareOut(accounts: readonly Candidate[]): Division {
    const claimants = accounts.map((account) => {
      return { account, room: this.#room(account), bytes: this.#ledger.bytes(account.accountKey) };
    });
    this.#turn ??= accounts[Math.floor(Math.random() * accounts.length)]?.accountKey;
    return shareOut(claimants, this.#turn ?? 0, this.#options.config.maxBytesInFlight, this.#ledger.bytes());
  }

  /** How many more messages to claim for an account. */
  #room(account: Candidate): number {
    const room = this.#roster.get(account.accountKey)?.room ?? this.#batch(account);
    return Math.min(room, this.#claimable);
  }

  #batch({ batchSize }: Candidate): number {
    return batchSize ?? this.#options.config.batchSizePerAccount;
  }

  /** Begins at most so many messages from now on. */
  limit(messages: number): void {
    this.#allowance.limit(messages);
    this.#changed?.();
  }

  get mayBegin(): boolean {
    return this.#allowance.mayBegin;
  }

  get mayClaim(): boolean {
    return this.#claimable > 0;
  }

  /** What may still be begun, less what stands in line for it. */
  get #claimable(): number {
    const inLine = [...this.#roster.busy.values()].reduce((sum, lane) => sum + lane.inLine, 0);
    return Math.max(0, this.#allowance.claimable - inLine);
  }

  /** What of a drain's budget is used up, if anything is. */
  get usedUp(): string | undefined {
    return this.#allowance.usedUp;
  }

  /** True as soon as there is room or reason for another pass; false once nothing is in flight or the limit is reached. */
  async more(): Promise<boolean> {
    const isWorthIt = () => this.#isAsked && this.#allowance.claimable > 0;
    while (!isWorthIt() && this.inFlight > 0 && this.#allowance.mayBegin)
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    const more = isWorthIt();
    this.#woken = false;
    return more;
  }

  add(account: Candidate, claimed: readonly Claimed[]): void {
    const lane = this.#roster.open(account.accountKey, () => this.#lane(account));
    lane.account = account;
    this.#ledger.enter(claimed);
    lane.add(claimed);
  }

  /** Which accounts have more in the queue than was claimed for them. */
  expect(accountKeys: ReadonlySet<number>): void {
    for (const [accountKey, lane] of this.#roster.busy) lane.expect(accountKeys.has(accountKey));
  }

  /** The server of an account refused one connection more than these. */
  confine(accountKey: number, connections: number): void {
    this.#roster.get(accountKey)?.confine(connections * SENDERS_PER_CONNECTION);
  }

  /** Prolongs every lease, so that a slow server never leads to a second send by another process. */
  async renew(leaseMs: number): Promise<void> {
    const { db, now } = this.#options;
    const held = [...this.#roster.busy.values()].flatMap((lane) => lane.leased());
    const leases = new Map(
      [...held, ...this.#ledger.unwritten()].map((lease) => [`${lease.seq} ${lease.token}`, lease]),
    );
    if (leases.size === 0) return;
    const lost = new Set(await renew(db, [...leases.values()], now(), leaseMs));
    // What is being sent cannot be called back, and what is sent is told by its settlement; the rest is another's now.
    for (const claimed of held)
      if (lost.has(claimed) && this.#roster.get(claimed.accountKey)?.drop(claimed)) this.#ledger.forget(claimed);
  }

  /**
   * Gives back what has not been begun, and waits at most `graceMs` for what has. Then the connections are cut: what a
   * server has not answered by then has an unknown outcome, is written down as such and tried again by the next process.
   */
  async stop(graceMs: number, fault: "ours" | "theirs"): Promise<void> {
    const lanes = [...this.#roster.busy.values()];
    for (const lane of lanes) this.#courier.giveBack(lane);
    const idle = Promise.all(lanes.map((lane) => lane.idle()));
    await endsWithin(graceMs, idle);
    this.#courier.cut(fault);
    await endsWithin(
      FLUSH_MS,
      idle.then(() => this.#ledger.flush()),
    );
    if (this.inFlight > 0)
      log.warning("the database is away: the leases of {count} messages will expire", { count: this.inFlight });
  }

  #lane(account: Candidate): Lane {
    const { accountKey } = account;
    const lane: Lane = new Lane(account, {
      places: this.#places,
      most: ({ maxConnections }) => SENDERS_PER_CONNECTION * (maxConnections ?? this.#options.config.maxConnections),
      batch: (own) => this.#batch(own),
      send: (claimed) => {
        this.#allowance.take();
        return this.#courier.carry(claimed, lane);
      },
      isIncomplete: (claimed) => this.#preparations.isNeeded(claimed),
      prepare: (claimed) => this.#courier.prepare(claimed, lane).finally(() => this.#prepared()),
      mayBegin: () => this.#mayBegin(),
      short: () => this.#stir(),
      quiet: () => this.#roster.rest(accountKey),
    });
    return lane;
  }

  #mayBegin(): boolean {
    this.#heldUp ||= this.#ledger.isFull;
    return this.#allowance.maySend && !this.#ledger.isFull;
  }

  /** What was promised to it is free again, or nothing is left for it to begin with. */
  #prepared(): void {
    if (this.#options.requests === undefined) return;
    for (const lane of this.#roster.busy.values()) lane.fill();
    this.#changed?.();
  }

  /** There is room or reason for another pass. */
  wake(): void {
    this.#woken = true;
    this.#stir();
  }

  #stir(): void {
    this.#changed?.();
    this.#options.wake();
  }

  /** A lane's question may be answered by a claim that was on its way; what else woke us is not. */
  get #isAsked(): boolean {
    return this.#woken || [...this.#roster.busy.values()].some((lane) => lane.isAsking);
  }

  #settled({ accountKey, tenantId, event, state }: Settlement): void {
    if (event !== null) this.#options.report(tenantId);
    this.#news ||= state === "ready" || state === "scheduled" || this.#starved || this.#heldBack(accountKey);
  }

  #progressed(): void {
    if (this.#heldUp) {
      this.#heldUp = false;
      for (const lane of this.#roster.busy.values()) lane.fill();
    }
    if (this.#news) this.wake();
    this.#news = false;
    this.#changed?.();
  }

  /** Whether the account could not have all it wanted: a slot that is free again may be its next. */
  #heldBack(accountKey: number): boolean {
    const account = this.#roster.get(accountKey)?.account;
    return account !== undefined && account.slots < UNLIMITED;
  }
}
