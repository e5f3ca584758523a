/** How much of requests this process has in memory at once: bodies being read, and what waits for the database with them. */
import { AppError } from "../errors.ts";

/** What a request takes beside its body, so that very many small ones are bounded too. */
const LEAST_BYTES = 4 * 1024;
/** Seconds until some of what is held is likely to be gone. */
const RETRY_AFTER = 2;

/** A request that was let in; what it holds is given back once, when it is answered. */
export interface Pass {
  /** Its body takes as much, or as much more. Throws AppError where there is no room for it. */
  grow(bytes: number): void;
  leave(): void;
}

/** A body that may be read, and how much of it. */
export interface Incoming {
  /** Its length; undefined where only its end will tell. */
  announced: number | undefined;
  maxBodyBytes: number;
  pass: Pass;
}

/** What is refused for want of room, in words. */
const TOO_MUCH_TAKEN = "too much is being read or waits to be stored";
export const TOO_MUCH_READ = "too much of what messages say is being read at once";

export class Door {
  readonly #maxBytes: number;
  readonly #words: string;
  #held = 0;
  /** By who calls: nobody holds more than half of what the others leave, so that there is always room for one more. */
  readonly #heldBy = new Map<string, number>();

  constructor(maxBytes: number, words = TOO_MUCH_TAKEN) {
    this.#maxBytes = maxBytes;
    this.#words = words;
  }

  /** Lets a request in, before anything of its body is read. Throws AppError where there is no room for it. */
  enter(caller: string): Pass {
    let held = 0;
    let hasLeft = false;
    const grow = (bytes: number) => {
      // A body that comes on after its request was answered is read no further.
      if (hasLeft) throw new AppError("bad_request", "the request was answered already");
      this.#take(caller, held, bytes);
      held += bytes;
    };
    const leave = () => {
      if (!hasLeft) this.#give(caller, held);
      hasLeft = true;
    };
    grow(LEAST_BYTES);
    return { grow, leave };
  }

  /** `held` is what the same request holds: one that stands alone is let in however large it is. */
  #take(caller: string, held: number, bytes: number): void {
    const own = this.#heldBy.get(caller) ?? 0;
    const isFull = this.#held > held && this.#held + bytes > this.#maxBytes;
    const leftByOthers = this.#maxBytes - (this.#held - own);
    const isGreedy = own > held && own + bytes > leftByOthers / 2;
    if (isFull || isGreedy) throw new AppError("overloaded", this.#words, { retryAfter: RETRY_AFTER });
    this.#held += bytes;
    this.#heldBy.set(caller, own + bytes);
  }

  #give(caller: string, bytes: number): void {
    this.#held -= bytes;
    const own = (this.#heldBy.get(caller) ?? 0) - bytes;
    if (own > 0) this.#heldBy.set(caller, own);
    else this.#heldBy.delete(caller);
  }
}
