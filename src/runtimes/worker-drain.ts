/** When an invocation of the Worker sends: the cron within the settings' budget, and a short drain behind the answers. */
import type { App, DrainBudget } from "../app.ts";
import type { Config } from "../config.ts";
import type { News } from "../dispatch/dispatcher.ts";

/** To begin messages, and again to end them: Cloudflare ends an invocation 30 s after its answer, and reports come behind. */
const LONGEST_BEHIND_ANSWER_MS = 10_000;
const LONGEST_GRACE_MS = 10_000;
const BEHIND_ANSWER = { messages: 50, tenants: 10, due: false };
const CRON = { tenants: 1_000, due: true };

export function cronBudget({ tickMessages, tickSeconds }: Config, now: number): DrainBudget {
  const ms = tickSeconds * 1000;
  return { ...CRON, messages: tickMessages, until: now + ms, graceMs: Math.min(ms, LONGEST_GRACE_MS) };
}

/** How often who left word looks whether it was heard. */
const LISTEN_MS = 100;
/** No longer: its own drain, and the grace behind it, are to have their time. */
const LONGEST_LISTENING_MS = 8_000;

/**
 * The drains behind answers, one at a time in an isolate: many requests at once would each open connections of their own
 * to the same SMTP server. Whoever comes while one is under way leaves word, and that one looks once more; where it ends
 * without having heard it, who left the word drains.
 *
 * An isolate's invocations share nothing but plain values like these, and one may be ended anywhere: hence the moment
 * after which a drain counts as gone.
 */
export class BehindAnswers {
  #busyUntil = 0;
  #wordLeft = false;

  async drain(app: App, { tickMessages, tickSeconds }: Config, now: () => number): Promise<void> {
    if (await this.#isHeard(now)) return app.stop();
    const graceMs = Math.min(LONGEST_BEHIND_ANSWER_MS, tickSeconds * 1000);
    const until = now() + graceMs;
    const messages = Math.min(BEHIND_ANSWER.messages, tickMessages);
    this.#busyUntil = until;
    this.#wordLeft = false;
    const news = this.#news(until);
    await app.drain({ ...BEHIND_ANSWER, messages, until, graceMs, news }).finally(news.end);
  }

  /** Whether a drain under way has taken our word; false where there is none (any more). */
  async #isHeard(now: () => number): Promise<boolean> {
    const giveUpAt = now() + LONGEST_LISTENING_MS;
    const isBusy = () => now() < this.#busyUntil && now() < giveUpAt;
    if (!isBusy()) return false;
    this.#wordLeft = true;
    while (this.#wordLeft && isBusy()) await new Promise((resolve) => setTimeout(resolve, LISTEN_MS));
    return !this.#wordLeft || now() < this.#busyUntil;
  }

  /** Nobody can come between `any` and the `end` that follows: whoever comes later finds no drain, and begins one. */
  #news(until: number): News {
    return {
      any: () => {
        const left = this.#wordLeft;
        this.#wordLeft = false;
        return left;
      },
      end: () => {
        if (this.#busyUntil === until) this.#busyUntil = 0;
      },
    };
  }
}
