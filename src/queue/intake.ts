/** Group commit: requests that arrive in the same turn share one transaction, and each is answered after the commit. */
import { type Database, json } from "../db/database.ts";
import { DIRECTORY_CHANGED, type Guard } from "./admitted.ts";
import { type EnqueueResult, enqueue, type Guarding } from "./enqueue.ts";
import type { NewMessage } from "./message.ts";

/** One transaction takes no further request beyond this much, so that it stays short and a remote server accepts it. */
const GROUP_MESSAGES = 1_000;
const GROUP_BYTES = 8 * 1024 * 1024;
/** A group waits for more at most this many turns of the event loop, each of which brought some: well under a millisecond each. */
const MOST_TURNS = 32;

interface Waiting {
  messages: readonly NewMessage[];
  bytes: number;
  guard: Guard | undefined;
  resolve(result: EnqueueResult | typeof DIRECTORY_CHANGED): void;
  reject(error: unknown): void;
}

export class Intake {
  readonly #db: Database;
  readonly #now: () => number;
  readonly #nextTurn: () => Promise<void>;
  #waiting: Waiting[] = [];
  #running = false;

  constructor(db: Database, now: () => number, nextTurn: () => Promise<void>) {
    this.#db = db;
    this.#now = now;
    this.#nextTurn = nextTurn;
  }

  /** Settles once the messages are committed; `bytes` is about how large they are, `guard` what they were admitted by. */
  add(
    messages: readonly NewMessage[],
    bytes: number,
    guard?: Guard,
  ): Promise<EnqueueResult | typeof DIRECTORY_CHANGED> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ messages, bytes, guard, resolve, reject });
      if (!this.#running) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) {
      await this.#gather();
      await this.#commit(this.#takeGroup());
    }
    this.#running = false;
  }

  /** Waits while every turn brings more: what clients send after the answers of one commit belongs into the next. */
  async #gather(): Promise<void> {
    for (let turns = 0, before = 0; before < this.#waiting.length && turns < MOST_TURNS; turns++) {
      before = this.#waiting.length;
      await this.#nextTurn();
    }
  }

  #takeGroup(): Waiting[] {
    let messages = 0;
    let bytes = 0;
    const end = this.#waiting.findIndex((waiting) => {
      const fits =
        messages === 0 ||
        (messages + waiting.messages.length <= GROUP_MESSAGES && bytes + waiting.bytes <= GROUP_BYTES);
      messages += waiting.messages.length;
      bytes += waiting.bytes;
      return !fits;
    });
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end);
  }

  async #commit(group: Waiting[]): Promise<void> {
    try {
      const results = await enqueue(
        this.#db,
        group.flatMap(({ messages }) => messages),
        this.#now(),
        guardingOf(group),
      );
      if (results === DIRECTORY_CHANGED) return await this.#apart(group);
      let start = 0;
      for (const { messages, resolve } of group) {
        resolve(results.slice(start, start + messages.length));
        start += messages.length;
      }
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }

  /** What changed concerns some of the group: those that have a guard of their own are tried alone, the others without them. */
  async #apart(group: Waiting[]): Promise<void> {
    const own = group.filter(({ guard }) => guard?.isOwn);
    const others = group.filter(({ guard }) => !guard?.isOwn);
    if (own.length === 0 || group.length === 1) {
      for (const { resolve } of group) resolve(DIRECTORY_CHANGED);
      return;
    }
    if (others.length > 0) await this.#commit(others);
    for (const waiting of own) await this.#commit([waiting]);
  }
}

/** Each check once: most requests of a group were admitted by the same. */
function guardingOf(group: readonly Waiting[]): Guarding {
  const checks = group.flatMap(({ guard }) => guard?.checks ?? []);
  return {
    checks: [...new Map(checks.map((statement) => [json(statement), statement])).values()],
    alongside: group.flatMap(({ guard }) => guard?.alongside ?? []),
  };
}
