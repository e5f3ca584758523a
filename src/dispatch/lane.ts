/**
 * One account's messages on their way: claimed ones in line, a few being sent at a time, best priority first.
 *
 * Those that wait for an attachment stand aside until it is there, and are overtaken.
 */
import type { Candidate } from "../queue/look.ts";
import type { Claimed } from "../queue/message.ts";
import { DEEPEST, nextDepth } from "./depth.ts";
import type { Holder, Places } from "./places.ts";
import { adjust, BEGINNING, confine, type Feedback, widthOf } from "./throttle.ts";

export interface LaneOptions {
  places: Places;
  /** How many messages the account allows to be sent at once, as it is now. */
  most(account: Candidate): number;
  /** How many are claimed for it at a time, at least. */
  batch(account: Candidate): number;
  send(claimed: Claimed): Promise<void>;
  /** Whether something is to be brought before the message can be sent. */
  isIncomplete(claimed: Claimed): boolean;
  /** Brings it; settles with false where the message has had its outcome, or is not ours any more. */
  prepare(claimed: Claimed): Promise<boolean>;
  /** Whether anything may be begun at all. */
  mayBegin(): boolean;
  /** The line has become short: time to claim more. */
  short(): void;
  /** Nothing is in line or being sent any more. */
  quiet(): void;
}

/** Messages of one account that may wait for attachments: with that many, no more is claimed for it. */
const MOST_ASIDE = DEEPEST;

export class Lane implements Holder {
  readonly #options: LaneOptions;
  /** The account as the last claim saw it. */
  account: Candidate;
  #hasMore = false;
  proven = false;
  /** It was said that the line is short, and no claim has come since. */
  #asked = false;
  /** How many messages to have in line. */
  #depth = 0;
  #throttle = BEGINNING;
  #line: Claimed[] = [];
  readonly #aside = new Set<Claimed>();
  readonly #sending = new Map<Claimed, Promise<void>>();

  constructor(account: Candidate, options: LaneOptions) {
    this.account = account;
    this.#options = options;
  }

  /** How many more messages to claim: a whole line, as soon as the present one is half empty. */
  get room(): number {
    return this.#isShort ? Math.min(this.#wanted, Math.max(MOST_ASIDE - this.#aside.size, 0)) : 0;
  }

  get #wanted(): number {
    return Math.max(this.#depth, this.#options.batch(this.account));
  }

  get #isShort(): boolean {
    return this.#line.length <= this.#wanted / 2;
  }

  /** Messages that are claimed and not begun. */
  get inLine(): number {
    return this.#line.length + this.#aside.size;
  }

  /** Messages being sent, each in a place of its own. */
  get held(): number {
    return this.#sending.size;
  }

  /** How many messages may be sent at once now. */
  get width(): number {
    return widthOf(this.#throttle, this.#most);
  }

  /** What is begun now belongs to this round of the throttle. */
  get round(): number {
    return this.#throttle.round;
  }

  get #most(): number {
    return this.#options.most(this.account);
  }

  /** Everything under lease for this account that has no outcome yet. */
  leased(): Claimed[] {
    return [...this.#line, ...this.#aside, ...this.#sending.keys()];
  }

  /** Its line is short, the queue holds more, and no claim has come since. */
  get isAsking(): boolean {
    return this.#asked;
  }

  add(claimed: readonly Claimed[]): void {
    const ranOut = this.#hasMore && this.inLine === 0 && this.held < this.width;
    this.#depth = this.account.batchSize ?? nextDepth(this.#depth, ranOut, this.#options.batch(this.account));
    const incomplete = new Set(claimed.filter((one) => this.#options.isIncomplete(one)));
    this.#join(claimed.filter((one) => !incomplete.has(one)));
    for (const one of incomplete) this.#setAside(one);
  }

  #join(claimed: readonly Claimed[]): void {
    this.#line = [...this.#line, ...claimed].sort((a, b) => a.priority - b.priority || a.seq - b.seq);
    this.fill();
  }

  #setAside(claimed: Claimed): void {
    this.#aside.add(claimed);
    void this.#options.prepare(claimed).then((isReady) => {
      const isOurs = this.#aside.delete(claimed);
      if (isOurs && isReady) this.#join([claimed]);
      this.#rest();
    });
  }

  /** Begins as many as there is room for. */
  fill(): void {
    while (this.#line.length > 0 && this.held < this.width && this.#options.mayBegin()) {
      if (!this.#options.places.take(this)) return;
      this.#begin(this.#line.shift()!);
    }
  }

  #begin(claimed: Claimed): void {
    const sending = this.#options.send(claimed).finally(() => {
      this.#sending.delete(claimed);
      this.#options.places.leave();
      this.fill();
      this.#rest();
    });
    this.#sending.set(claimed, sending);
  }

  #rest(): void {
    this.#ask();
    if (this.inLine + this.held === 0) this.#options.quiet();
  }

  /** Whether the queue holds more than was taken: worth asking again when the line is short. */
  expect(more: boolean): void {
    this.#hasMore = more;
    this.#asked = false;
  }

  #ask(): void {
    if (!this.#hasMore || this.#asked || !this.#isShort) return;
    this.#asked = true;
    this.#options.short();
  }

  /** What the server's answer to a message of that round says about our pace; true if there is to be less at once now. */
  heed(feedback: Feedback, begunIn: number): boolean {
    const { round } = this.#throttle;
    this.#throttle = adjust(this.#throttle, feedback, begunIn, this.#most);
    return this.#throttle.round > round;
  }

  /** The server refused one connection more: only so many messages at once. */
  confine(most: number): void {
    this.#throttle = confine(this.#throttle, most);
  }

  /** Takes back what has not been begun. */
  clear(): Claimed[] {
    const aside = [...this.#aside];
    this.#aside.clear();
    return [...this.#line.splice(0), ...aside];
  }

  /** Takes one back, if it has not been begun. */
  drop(claimed: Claimed): boolean {
    if (this.#aside.delete(claimed)) return true;
    const at = this.#line.indexOf(claimed);
    if (at !== -1) this.#line.splice(at, 1);
    return at !== -1;
  }

  /** Settles when nothing is being sent any more. */
  async idle(): Promise<void> {
    while (this.#sending.size > 0) await Promise.all(this.#sending.values());
  }
}
