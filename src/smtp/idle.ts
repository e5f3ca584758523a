/** The connections of a pool that have nothing to do: the youngest is taken first, and what grows old or dies is handed back. */
import type { Session } from "./session.ts";

export interface IdleOptions {
  /** How long a connection is kept. */
  idleMs: number;
  /** The wall clock, Unix milliseconds. */
  now(): number;
  /** Takes back a connection that is too old, or that the server has ended. */
  onLeave(session: Session, reason: "idle" | "lost"): void;
}

/** The longest delay that setTimeout knows. */
const LONGEST_MS = 2 ** 31 - 1;

export class IdleSessions {
  readonly #options: IdleOptions;
  /** Oldest first. */
  #sessions: { session: Session; since: number }[] = [];
  #reaper: ReturnType<typeof setTimeout> | undefined;

  constructor(options: IdleOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#sessions.length;
  }

  put(session: Session): void {
    this.#sessions.push({ session, since: this.#options.now() });
    session.watch(() => {
      this.#sessions = this.#sessions.filter((idle) => idle.session !== session);
      this.#options.onLeave(session, "lost");
    });
    this.#schedule();
  }

  take(): Session | undefined {
    return this.#sessions.pop()?.session;
  }

  /** Takes all. */
  clear(): Session[] {
    clearTimeout(this.#reaper);
    this.#reaper = undefined;
    return this.#sessions.splice(0).map(({ session }) => session);
  }

  /** One timer for all of them, and none that keeps a process alive. */
  #schedule(): void {
    const oldest = this.#sessions[0];
    if (oldest === undefined || this.#reaper !== undefined) return;
    const { idleMs, now } = this.#options;
    const left = Math.max(oldest.since + idleMs - now(), 1);
    this.#reaper = setTimeout(() => this.#reap(), Math.min(left, idleMs, LONGEST_MS));
    this.#reaper.unref?.(); // a number, in workerd
  }

  #reap(): void {
    this.#reaper = undefined;
    const { idleMs, now, onLeave } = this.#options;
    const limit = now() - idleMs;
    const old = this.#sessions.filter(({ since }) => since <= limit);
    this.#sessions = this.#sessions.filter(({ since }) => since > limit);
    for (const { session } of old) onLeave(session, "idle");
    this.#schedule();
  }
}
