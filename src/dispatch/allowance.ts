/** How much more a drain may begin: messages, and what its runtime lets it ask of others. A service has no such bounds. */
import type { Requests } from "../ports.ts";

/** Outcomes under way and the last ones that wait, some of them more than once; a renewal of leases; the reports and the command log that follow. */
const TO_END_WITH = 16;
/** A message may open a connection, and pause its account. */
const EACH = 2;
/** What a claim leads to at least: itself, the look behind it, one connection, one settle. */
const TO_CLAIM = 4;

export class Allowance {
  readonly #requests: Requests | undefined;
  readonly #reserved: number;
  /** What an invocation is granted. */
  readonly #most: number;
  #messages = Number.POSITIVE_INFINITY;
  #isRefused = false;

  /** `most` of `requests` an invocation is granted; `atOnce`: messages being sent side by side, each of which keeps what it may still need. */
  constructor(requests: Requests | undefined, most: number, atOnce: number) {
    this.#requests = requests;
    this.#most = most;
    this.#reserved = TO_END_WITH + EACH * atOnce;
  }

  /** Only so many messages from now on. */
  limit(messages: number): void {
    this.#messages = messages;
  }

  /** How many messages a claim may take. */
  get claimable(): number {
    return this.#affords(TO_CLAIM) ? this.#messages : 0;
  }

  /** What of it is used up, in words; undefined while more may be begun. */
  get usedUp(): string | undefined {
    if (this.#messages <= 0) return "messages or time";
    return this.#affords(TO_CLAIM) ? undefined : "requests to others";
  }

  get mayBegin(): boolean {
    return this.#messages > 0 && this.#affords(0);
  }

  /** Whether so many requests for one message may be made now; `never`: an invocation has not so many to begin with. */
  affords(requests: number): "now" | "later" | "never" {
    if (this.#affords(requests)) return "now";
    return this.#most < this.#reserved + requests + TO_CLAIM ? "never" : "later";
  }

  /** A message needs more requests than are left: it begins the next drain, and this one ends. */
  refuse(): void {
    this.#isRefused = true;
  }

  /** One message is begun. */
  take(): void {
    this.#messages -= 1;
  }

  #affords(more: number): boolean {
    if (this.#requests === undefined) return true;
    return !this.#isRefused && this.#requests.left >= this.#reserved + more;
  }
}
