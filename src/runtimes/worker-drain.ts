/** When an invocation of the Worker sends: the cron within the settings' budget, and a short drain behind the answers. */
import type { App, DrainBudget } from "../app.ts";
import type { Config } from "../config.ts";
import type { News } from "../dispatch/dispatcher.ts";

/** To begin messages, and again to end them: Cloudflare ends an invocation 30 s after its answer, and reports come behind. */
const LONGEST_BEHIND_ANSWER_MS = 10_000;
const BEHIND_ANSWER = { messages: 50, tenants: 10, due: false };
const CRON = { graceMs: 10_000, tenants: 1_000, due: true };

export function cronBudget({ tickMessages, tickSeconds }: Config, now: number): DrainBudget {
  return { ...CRON, messages: tickMessages, until: now + tickSeconds * 1000 };
}

/**
 * The drains behind answers, one at a time in an isolate: many requests at once would each open connections of their own
 * to the same SMTP server. Whoever comes while one is under way leaves word, and that one looks once more.
 *
 * An isolate's invocations share nothing but plain values like these, and one may be ended anywhere: hence the moment
 * after which a drain counts as gone.
 */
export class BehindAnswers {
  #busyUntil = 0;
  #wordLeft = false;

  async drain(app: App, { tickMessages, tickSeconds }: Config, now: number): Promise<void> {
    if (now < this.#busyUntil) {
      this.#wordLeft = true;
      return app.stop();
    }
    const graceMs = Math.min(LONGEST_BEHIND_ANSWER_MS, tickSeconds * 1000);
    const until = now + graceMs;
    const messages = Math.min(BEHIND_ANSWER.messages, tickMessages);
    this.#busyUntil = until;
    this.#wordLeft = false;
    const news = this.#news(until);
    await app.drain({ ...BEHIND_ANSWER, messages, until, graceMs, news }).finally(news.end);
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
