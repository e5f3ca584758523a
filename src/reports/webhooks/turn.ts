/**
 * One turn with one webhook: claim, call, settle.
 *
 * 1. claim      the lease and the head of the line
 * 2. tests      since somebody waits for them
 * 3. the line   oldest first, due or not, one call at a time, while they are taken
 * 4. a refusal  the first one of a delivery is taken for the endpoint's: nothing more is called, whatever was due counts the
 *               failure, and order holds. From the second on: is it this one, or the endpoint? The next in line is tried, then
 *               the newest. Where one of them is taken, what was refused stands aside from now on, by a schedule of its own,
 *               and the line goes on. Else the endpoint is down
 * 5. asides     those that are due
 * 6. settle     in small groups on the way, the lease kept (journal.ts), and at the end
 *
 * A process that dies in between leaves what it has not written down to be delivered again, under the same ids.
 */
import type { Database } from "../../db/database.ts";
import type { Ports } from "../../ports.ts";
import type { Vault } from "../../security/vault.ts";
import type { Leash } from "../chains.ts";
import { call, type Outcome } from "./call.ts";
import { type Claim, claim, type Delivery, PAGE } from "./claim.ts";
import { Journal } from "./journal.ts";
import { Line } from "./line.ts";
import type { WebhookLogEvent } from "./log.ts";
import { PATIENCE_MS, restMs } from "./schedule.ts";
import type { Ended } from "./settle.ts";

/** An aside that takes longer keeps the line waiting: the others come with another turn. */
const SLOW_ASIDE_MS = 1_000;

/** What a turn needs of the world. */
export interface Courier {
  db: Database;
  vault: Vault;
  /** The wall clock, Unix milliseconds. */
  now(): number;
  http: Ports["http"];
  requests?: Ports["requests"];
  callTimeoutMs?: number | undefined;
  onEvent(event: WebhookLogEvent): void;
}

type Refusal = Extract<Outcome, { kind: "refused" }>;

/** Why a turn goes no further. `halted`: the process stops. `lost`: another one has the lease. */
type Stop = { kind: "down" | "gone"; refusal: Refusal } | { kind: "halted" | "lost" };

export interface TurnEnd extends Ended {
  /** There is more to be called at once. */
  again: boolean;
}

export async function takeTurn(on: Courier, webhook: string, leash: Leash): Promise<TurnEnd> {
  const claimed = await claim(on.db, webhook, on.now());
  return claimed === undefined ? { again: false, dueAt: undefined } : new Turn(on, claimed, leash).take();
}

class Turn {
  readonly #on: Courier;
  readonly #claim: Claim;
  readonly #leash: Leash;
  readonly #journal: Journal;
  readonly #name: { webhook: string; tenant: string };

  constructor(on: Courier, claimed: Claim, leash: Leash) {
    this.#on = on;
    this.#claim = claimed;
    this.#leash = leash;
    this.#journal = new Journal(on.db, claimed);
    this.#name = { webhook: claimed.webhook, tenant: claimed.tenant };
  }

  async take(): Promise<TurnEnd> {
    const { asides } = this.#claim;
    const [tests, others] = [asides.filter(({ isTest }) => isTest), asides.filter(({ isTest }) => !isTest)];
    const stop = (await this.#workAsides(tests)) ?? (await this.#workLine()) ?? (await this.#workAsides(others));
    const ended = stop?.kind === "lost" ? undefined : await this.#end(stop);
    if (ended === undefined) this.#on.onEvent({ kind: "superseded", ...this.#name });
    const { failures, line } = this.#claim;
    // Behind a full page there may be more, and behind an endpoint that is back whatever had to wait.
    const again = stop === undefined && this.#journal.delivered > 0 && (failures > 0 || line.length === PAGE);
    return { again: again && ended !== undefined, dueAt: ended?.dueAt };
  }

  async #workLine(): Promise<Stop | undefined> {
    const line = new Line(this.#claim);
    for (let head = line.next(); head !== undefined && this.#leash.mayGoOn(); head = line.next()) {
      const outcome = await this.#make(head, false);
      if (outcome.kind === "taken") continue;
      const stop = outcome.kind === "refused" ? await this.#judge(head, outcome, line) : outcome;
      if (stop !== undefined) return stop;
    }
    return undefined;
  }

  /** Whose fault it was: undefined where it was the delivery's own. */
  async #judge(head: Delivery, refusal: Refusal, line: Line): Promise<Stop | undefined> {
    const refused = [head];
    this.#journal.refused(this.#on.now());
    if (head.attempts === 0) return { kind: "down", refusal };
    for (const witness of line.witnesses()) {
      if (!this.#leash.mayGoOn()) break;
      const outcome = await this.#make(witness, line.isAhead(witness));
      if (outcome.kind === "taken") {
        for (const one of [...refused, witness]) line.leave(one);
        for (const one of refused) this.#journal.putAside(one, this.#on.now());
        this.#on.onEvent({ kind: "aside", ...this.#name, deliveries: refused.length, reason: refusal.reason });
        return undefined;
      }
      if (outcome.kind !== "refused") return outcome;
      refused.push(witness);
      this.#journal.refused(this.#on.now());
    }
    return { kind: "down", refusal };
  }

  async #workAsides(asides: readonly Delivery[]): Promise<Stop | undefined> {
    for (const aside of asides) {
      if (!this.#leash.mayGoOn()) break;
      const begunAt = this.#on.now();
      const outcome = await this.#make(aside, true);
      if (outcome.kind === "refused") this.#journal.putAside(aside, this.#on.now());
      else if (outcome.kind !== "taken") return outcome;
      if (this.#on.now() - begunAt > SLOW_ASIDE_MS) break;
    }
    return undefined;
  }

  /** One call. `isAside`: it has not waited for those before it. */
  async #make(delivery: Delivery, isAside: boolean): Promise<{ kind: "taken" } | Refusal | Stop> {
    const { vault, http, callTimeoutMs: timeoutMs, now } = this.#on;
    const { id, payload: body } = delivery;
    const at = now();
    const outcome = await call(this.#claim.endpoint, vault, {
      id,
      body,
      now: at,
      stop: this.#leash.halt,
      http,
      timeoutMs,
    });
    if (outcome.kind === "aborted") return { kind: "halted" };
    const durationMs = now() - at;
    this.#journal.log(delivery, { outcome, at, durationMs });
    const reason = outcome.kind === "refused" ? outcome.reason : undefined;
    this.#on.onEvent({ kind: "called", ...this.#name, delivery, reason, ms: durationMs });
    if (outcome.kind === "taken") this.#journal.taken(delivery, isAside, now());
    else if (outcome.isGone) return { kind: "gone", refusal: outcome };
    const isOurs = await this.#journal.keepUp(now(), this.#leash.halt);
    return isOurs ? outcome : { kind: "lost" };
  }

  async #end(stop: Exclude<Stop, { kind: "lost" }> | undefined): Promise<Ended | undefined> {
    const now = this.#on.now();
    const { failures } = this.#journal.health;
    const refusal = stop !== undefined && "refusal" in stop ? stop.refusal : undefined;
    const down = refusal && { restMs: restMs(failures), retryAfterMs: refusal.retryAfterMs };
    const disabledReason = this.#disabling(stop, now);
    const ended = await this.#journal.end(
      { down, disabledReason, goOn: this.#journal.delivered > 0 && stop === undefined },
      now,
      this.#leash.halt,
    );
    if (ended !== undefined) this.#tell(now, refusal, disabledReason, ended);
    return ended;
  }

  #disabling(stop: Stop | undefined, now: number): string | undefined {
    if (stop?.kind === "gone") return "HTTP 410: the endpoint wants no more of it";
    const { failingSince } = this.#journal.health;
    const isHopeless = stop?.kind === "down" && failingSince !== null && now - failingSince >= PATIENCE_MS;
    return isHopeless ? `it has taken nothing for five days: ${stop.refusal.reason}` : undefined;
  }

  #tell(now: number, refusal: Refusal | undefined, disabledReason: string | undefined, { dueAt }: Ended): void {
    const { onEvent } = this.#on;
    const { delivered: deliveries, health } = this.#journal;
    if (deliveries > 0) onEvent({ kind: "delivered", ...this.#name, deliveries, ms: now - this.#claim.at });
    if (disabledReason !== undefined) onEvent({ kind: "disabled", ...this.#name, reason: disabledReason });
    else if (refusal !== undefined)
      onEvent({ kind: "down", ...this.#name, reason: refusal.reason, failures: health.failures, next: dueAt });
  }
}
