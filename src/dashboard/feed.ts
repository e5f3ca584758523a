/**
 * What open pages hear of: one look at the database for all of them, at most one a second, and none while no page is open.
 * Who looks and who listens meet here; what is said on a connection is live.ts's.
 */
import { getLogger } from "@logtape/logtape";
import { reason } from "../errors.ts";
import { hashToken } from "../security/tokens.ts";
import type { Sessions } from "../tenancy/sessions.ts";
import type { Host } from "./env.ts";

const log = getLogger(["mail-proxy", "dashboard"]);

const LOOK_MS = 1_000;

/** An open page: in which session, and what it may see (null: everything). */
export interface Watcher {
  session: string;
  tenantId: string | null;
}

/** A pulse, by which two moments can be compared; undefined where the database did not say; `over`: there is nothing more to hear. */
export type Heard = { pulse: string | undefined } | "over";

interface Waiting extends Watcher {
  tell(heard: Heard): void;
}

type FeedHost = Pick<Host, "readPulses" | "ending" | "now"> & { sessions: Pick<Sessions, "standing"> };

export class Feed {
  readonly #host: FeedHost;
  #waiting: Waiting[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lookedAt = 0;

  constructor(host: FeedHost) {
    this.#host = host;
    host.ending.addEventListener("abort", () => this.#end());
  }

  /** Settles with the next look. */
  next(watcher: Watcher): Promise<Heard> {
    const { ending, now } = this.#host;
    if (ending.aborted) return Promise.resolve("over");
    const sinceLast = now() - this.#lookedAt;
    const isEarly = sinceLast >= 0 && sinceLast < LOOK_MS;
    this.#timer ??= setTimeout(() => void this.#look(), isEarly ? LOOK_MS - sinceLast : 0);
    return new Promise((tell) => this.#waiting.push({ ...watcher, tell }));
  }

  async #look(): Promise<void> {
    const { sessions, readPulses, now } = this.#host;
    const waiting = this.#take();
    this.#lookedAt = now();
    const tenants = distinct(waiting.map(({ tenantId }) => tenantId));
    try {
      const standing = await sessions.standing(distinct(waiting.map(({ session }) => session)));
      const pulses = (await readPulses(tenants)).map(hashToken);
      for (const { session, tenantId, tell } of waiting) {
        tell(standing.has(session) ? { pulse: pulses[tenants.indexOf(tenantId)] } : "over");
      }
    } catch (error) {
      // The pages are told so by their own requests.
      log.debug("no look for news: {reason}", { reason: reason(error) });
      for (const { tell } of waiting) tell({ pulse: undefined });
    }
  }

  #take(): Waiting[] {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    return waiting;
  }

  #end(): void {
    for (const { tell } of this.#take()) tell("over");
  }
}

function distinct<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
