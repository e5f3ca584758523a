/** The sandbox's inbox: the last mails that arrived, bounded in number and bytes, oldest dropped first. */

/** One mail as the server took it: the envelope, and the bytes between DATA and the final dot. */
export interface Mail {
  /** Counts from 1 over the life of the inbox, also past dropped mails. */
  n: number;
  mailFrom: string;
  rcptTo: string[];
  /** Unix milliseconds. */
  receivedAt: number;
  raw: Uint8Array;
}

export interface InboxBounds {
  mails: number;
  bytes: number;
}

const BOUNDS: InboxBounds = { mails: 1_000, bytes: 64 * 1024 * 1024 };

export class Inbox {
  #bounds: InboxBounds;
  #mails: Mail[] = [];
  #bytes = 0;
  #received = 0;

  constructor(bounds: InboxBounds = BOUNDS) {
    this.#bounds = bounds;
  }

  /** How many mails ever arrived, those that were dropped since included. */
  get received(): number {
    return this.#received;
  }

  add(mail: Omit<Mail, "n">): Mail {
    this.#received += 1;
    const kept = { n: this.#received, ...mail };
    this.#mails.push(kept);
    this.#bytes += kept.raw.length;
    this.#dropOldest();
    return kept;
  }

  /** Newest first. */
  list(): Mail[] {
    return this.#mails.toReversed();
  }

  find(n: number): Mail | undefined {
    return this.#mails.find((mail) => mail.n === n);
  }

  /** Empties the inbox and answers how many mails were in it; numbering goes on. */
  clear(): number {
    const removed = this.#mails.length;
    this.#mails = [];
    this.#bytes = 0;
    return removed;
  }

  /** The newest mail stays, however large it is. */
  #dropOldest(): void {
    while (this.#mails.length > 1 && (this.#mails.length > this.#bounds.mails || this.#bytes > this.#bounds.bytes)) {
      this.#bytes -= this.#mails.shift()?.raw.length ?? 0;
    }
  }
}
