/** The dispatcher of one process: the loop over the queue, what it has in flight, and the sweep of what is done with. */

import type { Fetcher } from "../attachments/fetcher.ts";
import { sweepFiles } from "../attachments/large-sweep.ts";
import { pecTimeouts } from "../bounces/pec-timeouts.ts";
import { UnsubscribeLinks } from "../bounces/unsubscribe-link.ts";
import type { Config } from "../config.ts";
import type { Database } from "../db/database.ts";
import { reason } from "../errors.ts";
import type { Ports } from "../ports.ts";
import { sweepReported } from "../reports/retention.ts";
import type { Vault } from "../security/vault.ts";
import { type TestStep, testAccount } from "./account-test.ts";
import { Senders } from "./accounts.ts";
import { Deliveries } from "./deliveries.ts";
import { log } from "./log.ts";
import { Loop } from "./loop.ts";
import { ReturnPaths } from "./return-paths.ts";
import { Sweeper } from "./sweeper.ts";

export interface DispatcherOptions {
  config: Config;
  ports: Ports;
  db: Database;
  vault: Vault;
  /** For messages that refer to files. */
  fetcher: Fetcher;
  /** A tenant has something new to be told. */
  report(tenantId: string): void;
  /** How long an attempt took. */
  timed?: ((ms: number) => void) | undefined;
  /** How long a message had waited that a server has taken. */
  delivered?: ((waitMs: number) => void) | undefined;
}

export interface Budget {
  /** Begin at most so many. */
  messages: number;
  /** Begin nothing after this moment, Unix milliseconds. */
  until: number;
  /** How long what is being sent may then go on before its connection is cut. */
  graceMs: number;
  /** Time may have made something due; else the first look does not count on it, and costs no write. */
  due: boolean;
  news?: News | undefined;
}

/** How often a drain asks for news while it sends. */
const NEWS_MS = 100;

/** What a drain hears of those who would otherwise drain themselves. */
export interface News {
  /** Whether something came in since this was last asked. */
  any(): boolean;
  /** Nothing more is begun from now on. */
  end(): void;
}

/** In one batch. */
const SWEPT_MESSAGES = 500;
const SWEPT_FILES = 50;
const LATE_RECEIPTS = 200;

/** A server that answers each step just in time shall not hold the caller for minutes. */
const TEST_MS = 60_000;

export class Dispatcher {
  readonly #senders: Senders;
  readonly #deliveries: Deliveries;
  readonly #loop: Loop;
  readonly #sweepers: readonly Sweeper[];
  readonly #now: () => number;
  readonly #leaseMs: number;
  readonly #resolve: Ports["resolve"];
  readonly #restrictions: Ports["restrictions"];
  /** Aborted when the process stops. */
  readonly #halt = new AbortController();
  #renewal: ReturnType<typeof setInterval> | undefined;

  constructor({ config, ports, db, vault, fetcher, report, timed, delivered }: DispatcherOptions) {
    this.#now = ports.now;
    this.#resolve = ports.resolve;
    this.#restrictions = ports.restrictions;
    this.#leaseMs = config.leaseSeconds * 1000;
    this.#senders = new Senders(db, vault, {
      config,
      ...ports,
      limited: (accountKey, connections) => this.#deliveries.confine(accountKey, connections),
    });
    const returnPaths = new ReturnPaths(vault);
    this.#deliveries = new Deliveries({
      db,
      config,
      senders: this.#senders,
      returnPaths,
      unsubscribeLinks: new UnsubscribeLinks(vault),
      fetcher,
      requests: ports.requests,
      now: ports.now,
      wake: () => this.#loop.wake(),
      report,
      timed,
      delivered,
    });
    this.#loop = new Loop({
      db,
      config,
      deliveries: this.#deliveries,
      senders: this.#senders,
      returnPaths,
      restrictions: ports.restrictions,
      now: ports.now,
      report,
    });
    const retentionMs = config.retentionSeconds * 1000;
    this.#sweepers = [
      new Sweeper("finished messages", () => sweepReported(db, ports.now(), retentionMs, SWEPT_MESSAGES)),
      new Sweeper("late receipts", async () => {
        const { tenants, more } = await pecTimeouts(db, ports.now(), LATE_RECEIPTS);
        for (const tenantId of tenants) report(tenantId);
        return { more };
      }),
      new Sweeper("expired files", () =>
        sweepFiles({ db, vault, surroundings: ports, now: ports.now(), limit: SWEPT_FILES }),
      ),
    ];
  }

  start(): void {
    this.#keepLeases();
    this.#loop.start();
    for (const sweeper of this.#sweepers) sweeper.start();
  }

  wake(): void {
    this.#loop.wake();
  }

  /** One pass over the queue now, also in TEST_MODE; does not wait for what it sends. */
  async runNow(): Promise<void> {
    this.#keepLeases();
    await this.#loop.runNow();
  }

  /**
   * The whole work of a runtime without a loop: passes until nothing is left to claim or the budget is used up. Settles
   * when everything it began is settled; after that there is nothing more to be had of this dispatcher.
   */
  async drain({ messages, until, graceMs, due, news }: Budget): Promise<void> {
    const deliveries = this.#deliveries;
    this.#keepLeases();
    if (!due) this.#loop.expectNothingDue();
    deliveries.limit(messages);
    const over = setTimeout(() => deliveries.limit(0), Math.max(until - this.#now(), 0));
    // A word that could not be followed is left to who comes next.
    const heard = () => deliveries.mayClaim && news?.any() === true;
    const listening = setInterval(() => heard() && deliveries.wake(), NEWS_MS);
    let nextAt: number;
    do nextAt = await this.#loop.runNow();
    while ((deliveries.mayBegin && nextAt <= this.#now()) || (await deliveries.more()) || heard());
    news?.end();
    const { usedUp } = deliveries;
    if (usedUp !== undefined)
      log.info("its budget of {usedUp} is used up: what else waits goes with the next cron", { usedUp });
    clearInterval(listening);
    clearTimeout(over);
    await this.stop(graceMs, "theirs");
  }

  /** Opens an account's connections anew, and looks at once whether it can send. */
  accountChanged(accountKey: number): void {
    this.#senders.forget(accountKey);
    this.#loop.wake();
  }

  /** Tries an account, also while it is paused; what it does about a passed test is the caller's. */
  async testAccount(accountKey: number): Promise<TestStep[]> {
    const signal = AbortSignal.any([this.#halt.signal, AbortSignal.timeout(TEST_MS)]);
    const { account } = await this.#senders.smtpAccount(accountKey);
    return testAccount(account, {
      resolve: this.#resolve,
      restrictions: this.#restrictions,
      now: this.#now,
      signal,
    });
  }

  figures(): { in_flight: number; connections: number } {
    return { in_flight: this.#deliveries.inFlight, connections: this.#senders.connections };
  }

  /**
   * Claims nothing more, waits at most `graceMs` for what is being sent, gives the rest back and says QUIT. `theirs`: a server
   * that has not answered by then is too slow for this runtime, and its account pauses.
   */
  async stop(graceMs: number, fault: "ours" | "theirs" = "ours"): Promise<void> {
    this.#halt.abort();
    for (const sweeper of this.#sweepers) sweeper.stop();
    await this.#loop.stop();
    await this.#deliveries.stop(graceMs, fault);
    clearInterval(this.#renewal);
    await this.#senders.close();
  }

  /** From the first claim until the last outcome is written down, a stop included. */
  #keepLeases(): void {
    this.#renewal ??= setInterval(() => void this.#renew(), this.#leaseMs / 3);
  }

  async #renew(): Promise<void> {
    try {
      await this.#deliveries.renew(this.#leaseMs);
    } catch (error) {
      log.error("cannot renew the leases of what is in flight: {reason}", { reason: reason(error) });
    }
  }
}
