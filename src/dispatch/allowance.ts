/** How much more a drain may begin: messages, and what its runtime lets it ask of others. A service has no such bounds. */
import type { Requests } from "../ports.ts";

/** Outcomes under way and the last ones that wait, some of them more than once; a renewal of leases; the reports and the command log that follow. */
const TO_END_WITH = 16;
/** A message may open a connection, and pause its account. */
const EACH = 2;
/** What a claim leads to at least: itself, the look behind it, one connection, one settle. */
const TO_CLAIM = 4;

/** Requests that one message's files take: `least` without which there is no use in beginning, and `most` as a rule. */
export interface Need {
  least: number;
  most: number;
}

export class Allowance {
  readonly #requests: Requests | undefined;
  readonly #reserved: number;
  /** What an invocation is granted. */
  readonly #most: number;
  #messages = Number.POSITIVE_INFINITY;
  #isRefused = false;
  /** For messages whose files are being fetched. */
  #promised = 0;
  readonly #waiting = new Set<() => void>();

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
    return this.#mayClaim ? this.#messages : 0;
  }

  /** What of it is used up, in words; undefined while more may be begun. */
  get usedUp(): string | undefined {
    if (this.#messages <= 0) return "messages or time";
    return this.#mayClaim ? undefined : "requests to others";
  }

  /** Whether anything may still be begun, now or once a promise is over. */
  get mayBegin(): boolean {
    return this.#messages > 0 && this.#affords(0);
  }

  /** Whether a message may be sent now: with what is promised it could not go once its files are there. */
  get maySend(): boolean {
    return this.mayBegin && this.#affords(this.#promised);
  }

  /**
   * Promises a message what its files need, until `keep` is called, and waits while it is promised to others. `later`: it
   * begins the next drain, and this one claims no more. `never`: an invocation has not so many to begin with.
   */
  async promise({ least, most }: Need, signal: AbortSignal): Promise<"now" | "later" | "never"> {
    while (!signal.aborted) {
      const isAlone = this.#promised === 0;
      if (this.#affords(this.#promised + most) || (isAlone && this.#affords(least))) {
        this.#promised += most;
        return "now";
      }
      if (this.#most < this.#reserved + least + TO_CLAIM) return "never";
      if (isAlone) break;
      await this.#change(signal);
    }
    this.#isRefused ||= !signal.aborted;
    return "later";
  }

  /** What was promised and not used is free again; what was used is counted. */
  keep({ most }: Need): void {
    this.#promised -= most;
    for (const go of this.#waiting) go();
  }

  /** One message is begun. */
  take(): void {
    this.#messages -= 1;
  }

  get #mayClaim(): boolean {
    return !this.#isRefused && this.#affords(TO_CLAIM);
  }

  #affords(more: number): boolean {
    return this.#requests === undefined || this.#requests.left >= this.#reserved + more;
  }

  /** Settles when a promise is over, or the signal aborts. */
  async #change(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const go = () => {
        this.#waiting.delete(go);
        signal.removeEventListener("abort", go);
        resolve();
      };
      this.#waiting.add(go);
      signal.addEventListener("abort", go, { once: true });
    });
  }
}
