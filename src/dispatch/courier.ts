/**
 * Carries one claimed message of a lane to its end; whatever happens becomes a settlement in the ledger.
 *
 * 0. `prepare`, of one that refers to files: they are brought together (preparations.ts) before it takes its place in line.
 * 1. Is it still ours, still wanted, and is there anybody left who may have it?
 * 2. Its account's connections (accounts.ts), its bytes, its way to the server (attempt.ts).
 * 3. Whom does the outcome speak of (verdict.ts)? Of the message: retry.ts decides. Of the account: it pauses, and the
 *    message goes back as it came. Of too much at once: the lane becomes narrower, and the message goes back as well.
 */
import { AttachmentError } from "../attachments/content.ts";
import type { UnsubscribeLinks } from "../bounces/unsubscribe-link.ts";
import type { Config } from "../config.ts";
import type { Database } from "../db/database.ts";
import { reason } from "../errors.ts";
import { ofMessage, stepLevel } from "../logs/steps.ts";
import type { Candidate } from "../queue/look.ts";
import { type Claimed, isOpen, type Recipient, type Settlement } from "../queue/message.ts";
import { waitingSince } from "../queue/rollups.ts";
import type { AccountFault } from "../smtp/outcome.ts";
import { type Sender, type Senders, Unusable } from "./accounts.ts";
import { attempt, type Provisions } from "./attempt.ts";
import { endPause, pauseAfter } from "./health.ts";
import type { Lane } from "./lane.ts";
import type { Ledger } from "./ledger.ts";
import { unsubscribeLink } from "./letter.ts";
import { log } from "./log.ts";
import { logOutcome } from "./message-log.ts";
import { failed, giveBack } from "./outcomes.ts";
import { Patience } from "./patience.ts";
import type { Preparations } from "./preparations.ts";
import { type AttemptOutcome, conclude, decide } from "./retry.ts";
import type { ReturnPaths } from "./return-paths.ts";
import type { Feedback } from "./throttle.ts";
import { judge, type Verdict } from "./verdict.ts";

/** Of a server that was still silent when all that this runtime grants was over. */
const TOO_SLOW = { kind: "account_fault", error: "no answer in the time that an invocation has" } as const;

/** Before a message whose account the database did not tell us goes back into the queue. */
const OURS_MS = 1_000;

export interface CourierOptions {
  db: Database;
  config: Config;
  senders: Senders;
  returnPaths: ReturnPaths;
  unsubscribeLinks: UnsubscribeLinks;
  ledger: Ledger;
  preparations: Preparations;
  now(): number;
  /** How long an attempt took. */
  timed?: ((ms: number) => void) | undefined;
  /** How long a message had waited that a server has taken. */
  delivered?: ((waitMs: number) => void) | undefined;
}

/** Where an attempt began: what its outcome may say of the account is held against what the account was then. */
interface Origin {
  lane: Lane;
  account: Candidate;
  round: number;
}

export class Courier {
  readonly #options: CourierOptions;
  readonly #patience = new Patience();
  /** A stop has cut the connections, and whose fault it is that they were still open. */
  #cut: "ours" | "theirs" | undefined;

  constructor(options: CourierOptions) {
    this.#options = options;
  }

  /** Ends every connection: what is being sent has an unknown outcome. */
  cut(fault: "ours" | "theirs"): void {
    this.#cut = fault;
    this.#options.senders.abort();
  }

  /** Fetches what the message refers to; false where it has had its outcome, or is not ours any more. */
  async prepare(claimed: Claimed, lane: Lane): Promise<boolean> {
    const { ledger, now, preparations } = this.#options;
    const began = now();
    const outcome = await preparations.prepare(claimed).then(
      (word) => word,
      (error: unknown) => unprepared(claimed, error),
    );
    if (outcome === "ready") return true;
    if (outcome === "ended" || !preparations.has(claimed)) return false;
    if (outcome === "later") {
      ledger.settle(claimed, giveBack(claimed));
      return false;
    }
    const settlement = await this.#fail(claimed, lane, outcome);
    // It may have been given back while its account was asked.
    if (preparations.has(claimed)) this.#end(claimed, settlement, { lane, began });
    return false;
  }

  /** What becomes of a message without its attachments, by its account's delays. */
  async #fail(claimed: Claimed, lane: Lane, outcome: AttemptOutcome): Promise<Settlement> {
    const sender = await this.#sender({ lane, account: lane.account, round: lane.round });
    return sender === undefined ? giveBack(claimed) : this.#decide(claimed, sender, outcome);
  }

  async carry(claimed: Claimed, lane: Lane): Promise<void> {
    const { ledger, now } = this.#options;
    const began = now();
    if (began >= claimed.leaseUntil) return ledger.forget(claimed); // this process was cut off, or stood still
    if (began >= claimed.expiresAt) return ledger.settle(claimed, giveBack(claimed)); // the schedule gives it up
    if (!isOpen(claimed)) return this.#end(claimed, concluded(claimed), { lane, began }); // every recipient is suppressed
    const settlement = await this.#try(claimed, lane).catch((mistake: unknown) => {
      // Ours, not the message's; but trying again would only make it again.
      const why = { event: "fault", reason: reason(mistake) };
      log.error(...ofMessage(claimed, " met a mistake of ours: {reason}", why));
      return failed(claimed, `internal error: ${reason(mistake)}`);
    });
    this.#end(claimed, settlement, { lane, began });
  }

  #end(claimed: Claimed, settlement: Settlement, { lane, began }: { lane: Lane; began: number }): void {
    const { config, now } = this.#options;
    logOutcome(claimed, settlement, { account: lane.account, ms: now() - began, level: stepLevel(config) });
    this.#options.ledger.settle(claimed, settlement);
  }

  /** Gives back what stands in line. */
  giveBack(lane: Lane): void {
    for (const claimed of lane.clear()) this.#options.ledger.settle(claimed, giveBack(claimed));
  }

  async #try(claimed: Claimed, lane: Lane): Promise<Settlement> {
    const { config, now, timed } = this.#options;
    const { account, round } = lane;
    const origin: Origin = { lane, account, round };
    const sender = await this.#sender(origin);
    if (sender === undefined) return giveBack(claimed);
    const began = now();
    const verdict = judge(await attempt(claimed, sender, config, await this.#provisions(claimed, sender)));
    timed?.(now() - began);
    if (this.#cut === undefined) lane.proven = verdict.about !== "account" && verdict.outcome.kind !== "lost";
    if (verdict.about === "account") {
      await this.#pause(origin, verdict.fault);
      return giveBack(claimed);
    }
    if (verdict.about === "message") return this.#conclude(claimed, origin, sender, verdict);
    await this.#relieve(origin, verdict);
    if (this.#patience.has(claimed.seq)) return giveBack(claimed);
    return this.#decide(claimed, sender, verdict.outcome);
  }

  /** Undefined where the account cannot be used. */
  async #sender(origin: Origin): Promise<Sender | undefined> {
    const { accountKey, revision } = origin.account;
    try {
      return await this.#options.senders.get(accountKey, revision);
    } catch (error) {
      await this.#unopened(origin, error);
      return undefined;
    }
  }

  /** The same at every attempt. */
  async #provisions(claimed: Claimed, { settings }: Sender): Promise<Provisions> {
    const { preparations, returnPaths, unsubscribeLinks } = this.#options;
    return {
      prepared: preparations.of(claimed),
      returnPath: await returnPaths.of(claimed, settings),
      unsubscribeLink: await unsubscribeLink(claimed, unsubscribeLinks),
    };
  }

  async #conclude(
    claimed: Claimed,
    origin: Origin,
    sender: Sender,
    { outcome, feedback }: Verdict & { about: "message" },
  ): Promise<Settlement> {
    const { lane, round } = origin;
    this.#patience.end(claimed.seq);
    if (feedback !== undefined) this.#heed(lane, feedback, round);
    const settlement = this.#decide(claimed, sender, outcome);
    if (this.#cut === "theirs" && outcome.kind === "lost") {
      await this.#pause(origin, { ...TOO_SLOW, stage: outcome.stage });
      return settlement;
    }
    if (settlement.counts && lane.account.faults > 0) {
      lane.account = { ...lane.account, faults: 0 }; // a server answered, so the account is well
      await endPause(lane.account, this.#options.db);
    }
    return settlement;
  }

  #decide(claimed: Claimed, { settings }: Sender, outcome: AttemptOutcome): Settlement {
    const { config, now, preparations } = this.#options;
    const { tags, metadata } = claimed.content;
    const retryDelays = settings.retryDelays ?? config.retryDelays;
    const warnings = preparations.of(claimed)?.warnings;
    const decision = decide({ ...claimed, retryDelays, tags, metadata, warnings }, outcome, now(), Math.random());
    const { seq, token, tenantId, accountKey } = claimed;
    const isAwaited = settings.isPecAccount && !settings.suppressSend && hasArrived(decision.recipients);
    const receiptDueAt = isAwaited ? now() + config.pecTimeout * 1000 : undefined;
    const isTaken = decision.state === "sent" && decision.counts;
    const waitMs = isTaken ? Math.max(now() - waitingSince(claimed), 0) : undefined;
    if (waitMs !== undefined) this.#options.delivered?.(waitMs);
    return { seq, token, tenantId, accountKey, receiptDueAt, waitMs, ...decision };
  }

  /** Sends less at once; where one message alone was too much, or the server's disk is full, the account pauses. */
  async #relieve(origin: Origin, { about, fault }: Verdict & { about: "load" | "room" }): Promise<void> {
    const { lane, round } = origin;
    const alone = lane.width === 1 && lane.round === round;
    if (about === "load") this.#heed(lane, "busy", round);
    if (about === "room" || alone) await this.#pause(origin, fault);
  }

  #heed(lane: Lane, feedback: Feedback, round: number): void {
    if (!lane.heed(feedback, round)) return;
    const { accountId, tenantId } = lane.account;
    const words = "account {account_id} of tenant {tenant_id}: its server asks for less, {width} at a time from now on";
    log.info(words, { account_id: accountId, tenant_id: tenantId, width: lane.width });
  }

  /** A password that cannot be opened is the account's fault; a database that does not answer is not. */
  async #unopened(origin: Origin, error: unknown): Promise<void> {
    const { accountId, tenantId } = origin.account;
    if (error instanceof Unusable)
      return this.#pause(origin, { kind: "account_fault", stage: "auth", error: error.message });
    const words = { account_id: accountId, tenant_id: tenantId, reason: reason(error) };
    log.error("cannot load account {account_id} of tenant {tenant_id}: {reason}", words);
    await new Promise((resolve) => setTimeout(resolve, OURS_MS));
  }

  /** The account pauses, and its messages wait in the queue at no cost. */
  async #pause({ lane, account }: Origin, fault: AccountFault): Promise<void> {
    const { db, now } = this.#options;
    if (account.revision < lane.account.revision) return; // it was saved or resumed since: another account, so to speak
    // One that has answered since this process began with it is well; the last message came too late.
    const isTheirs = this.#cut === undefined || (this.#cut === "theirs" && !lane.proven);
    if (isTheirs) await pauseAfter(fault, account, db, now());
    this.giveBack(lane);
  }
}

/** Without an attempt. */
function concluded(claimed: Claimed): Settlement {
  const { seq, token, tenantId, accountKey, content } = claimed;
  const { tags, metadata } = content;
  return { seq, token, tenantId, accountKey, ...conclude({ ...claimed, retryDelays: [], tags, metadata }) };
}

/** A server has taken it for somebody: from then on there may be receipts. */
function hasArrived(recipients: readonly Recipient[]): boolean {
  return recipients.some(({ status }) => status === "sent");
}

/** What was not meant is ours, and may be over the next time. */
function unprepared(claimed: Claimed, error: unknown): AttemptOutcome {
  if (error instanceof AttachmentError) {
    const text = error.message;
    return error.permanent
      ? { kind: "unsendable", error: text, enhanced: "5.6.0" } // RFC 3463 3.7: of the message's content
      : { kind: "unfetched", error: text };
  }
  const why = { event: "fault", reason: reason(error) };
  log.error(...ofMessage(claimed, ": its attachments cannot be brought together: {reason}", why));
  return { kind: "unfetched", error: "its attachments could not be brought together" };
}
