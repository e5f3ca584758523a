/**
 * The webhooks of one process: every event comes to whoever wants it, each endpoint for itself.
 *
 * 1. feed     what has happened comes into the lines (feed.ts)
 * 2. look     whose line is due?
 * 3. begin    one chain of turns a webhook, side by side, while its line goes on (turn.ts)
 *
 * The database is the queue. Where there are no webhooks, one small statement each poll interval finds that out.
 */
import { reason } from "../../errors.ts";
import { Chains, MAX_CHAINS } from "../chains.ts";
import { readAgenda } from "../due.ts";
import { Lookout } from "../lookout.ts";
import { WEBHOOKS } from "./agenda.ts";
import { feed } from "./feed.ts";
import { type Courier, takeTurn } from "./turn.ts";

/** Turns in a row with one webhook: then others have their look, too. */
const MAX_ROUNDS = 1_000;

export interface WebhooksOptions extends Courier {
  /** The longest wait before a look at what other processes put into the database. */
  pollIntervalMs: number;
  /** Nothing happens by the clock or by news, only by `runNow` (and `tick`). */
  manual: boolean;
}

export class Webhooks {
  readonly #on: WebhooksOptions;
  readonly #chains: Chains;
  readonly #lookout: Lookout;
  /** As far as the last look knows. */
  #areThereWebhooks = true;
  /** Somebody was due and found no room. */
  #crowded = false;
  #isStopping = false;

  constructor(options: WebhooksOptions) {
    this.#on = options;
    const { now, requests, pollIntervalMs, manual, onEvent } = options;
    const fault = (webhook: string | undefined, why: string) => onEvent({ kind: "fault", webhook, reason: why });
    this.#chains = new Chains({
      ...{ now, requests, fault },
      mostRounds: MAX_ROUNDS,
      turn: async (webhook, _round, leash) => {
        const { again, dueAt } = await takeTurn(options, webhook, leash);
        if (dueAt !== undefined) this.#lookout.expect(dueAt);
        return again;
      },
      ended: (_webhook, ok) => this.#chainEnded(ok),
    });
    this.#lookout = new Lookout({
      ...{ now, pollIntervalMs, manual },
      look: (tenants) => this.#look(tenants),
      failed: (error) => fault(undefined, reason(error)),
    });
  }

  start(): void {
    this.#lookout.start();
  }

  /** Something happened to a message of the tenant. */
  wake(tenant: string): void {
    if (this.#areThereWebhooks) this.#lookout.wake(tenant);
  }

  /** A webhook was made, enabled or disabled, or is to be sent something. */
  changed(): void {
    this.#areThereWebhooks = true;
    this.#lookout.wake();
  }

  /** Calls whatever is due, at once. */
  runNow(): void {
    this.#lookout.lookNow();
  }

  /** One bounded pass without the loop, for runtimes that only wake now and then: answers how many endpoints were called. */
  async tick(budget: { endpoints: number; until: number }): Promise<number> {
    const isOver = () => this.#on.now() >= budget.until || this.#chains.affordable === 0;
    if (isOver()) return 0;
    const fed = await this.#feedAll(isOver);
    if (!fed.areThereWebhooks) return 0;
    const due = async (most: number) => (await readAgenda(this.#on.db, WEBHOOKS, this.#on.now(), most)).due;
    return this.#chains.pass(budget.endpoints, budget.until, due);
  }

  /** Begins no further call and waits for those under way, then aborts them; they are made again by the next process. */
  async stop(timeoutMs: number): Promise<void> {
    this.#isStopping = true;
    await Promise.all([this.#lookout.stop(), this.#chains.stop(timeoutMs)]);
  }

  async #look(tenants: readonly string[] | undefined): Promise<number | undefined> {
    const fed = await this.#feedAll(() => this.#isStopping);
    this.#areThereWebhooks = fed.areThereWebhooks;
    if (!fed.areThereWebhooks) return undefined;
    const whose = tenants && [...new Set([...tenants, ...fed.tenants])];
    const { due, nextAt } = await readAgenda(this.#on.db, WEBHOOKS, this.#on.now(), MAX_CHAINS, whose);
    for (const { id, standing } of due) {
      if (this.#chains.begin(id, standing, Number.POSITIVE_INFINITY) === "full") this.#crowded = true;
    }
    return nextAt;
  }

  async #feedAll(isOver: () => boolean): Promise<{ areThereWebhooks: boolean; tenants: Set<string> }> {
    const tenants = new Set<string>();
    for (;;) {
      const fed = await feed(this.#on.db, this.#on.now());
      for (const tenant of fed.tenants) tenants.add(tenant);
      if (!fed.more || isOver()) return { areThereWebhooks: fed.areThereWebhooks, tenants };
    }
  }

  #chainEnded(ok: boolean): void {
    if (!ok) return; // The database failed us: the poll is soon enough.
    if (this.#crowded) this.#lookout.lookSoon();
    this.#crowded = false;
  }
}
