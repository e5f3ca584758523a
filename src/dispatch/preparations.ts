/**
 * Messages whose attachments are brought together before they take their places in their lanes.
 *
 * Fetching has places of its own, shared as those for sending are (places.ts). Who asks for one counts with what its account
 * holds and with what the hosts of its files do, so that a slow host keeps those waiting who need something of it.
 */
import { Budget, type Holding } from "../attachments/budget.ts";
import { AttachmentError } from "../attachments/content.ts";
import type { Fetcher, Prepared } from "../attachments/fetcher.ts";
import { needsPreparation } from "../attachments/inline.ts";
import type { Config } from "../config.ts";
import { type Claimed, type Content, isInline, isOpen, type RemoteAttachment } from "../queue/message.ts";
import { urlIn } from "../url.ts";
import type { Allowance, Need } from "./allowance.ts";
import { FetchLine } from "./fetch-line.ts";
import { Places } from "./places.ts";

export interface PreparationsOptions {
  config: Config;
  fetcher: Fetcher;
  allowance: Allowance;
}

/** `later`: this runtime grants no more requests now. `ended`: it is not ours any more. */
export type Word = "ready" | "later" | "ended";

interface Preparation {
  ending: AbortController;
  /** Since fetching began. */
  holding: Holding | undefined;
  /** Once all of it is there. */
  prepared: Prepared | undefined;
}

/** Lines that are remembered although nothing waits in them, for whether their hosts answer. */
const IDLE_LINES = 1_000;

export class Preparations {
  readonly #options: PreparationsOptions;
  readonly #budget: Budget;
  readonly #places: Places;
  readonly #preparations = new Map<Claimed, Preparation>();
  /** By account and hosts; which was used longest ago comes first. */
  readonly #lines = new Map<string, FetchLine>();
  readonly #accounts = new Map<number, { held: number }>();

  constructor(options: PreparationsOptions) {
    const { maxBytesAttachments, maxAttachmentBytes, maxConcurrentSends } = options.config;
    this.#options = options;
    this.#budget = new Budget(maxBytesAttachments, maxAttachmentBytes);
    this.#places = new Places(maxConcurrentSends);
  }

  /** For nobody nothing is fetched. */
  isNeeded(claimed: Claimed): boolean {
    return needsPreparation(claimed.content.attachments) && isOpen(claimed);
  }

  /** Throws what the fetcher throws, unless it has ended. */
  async prepare(claimed: Claimed): Promise<Word> {
    const preparation: Preparation = { ending: new AbortController(), holding: undefined, prepared: undefined };
    this.#preparations.set(claimed, preparation);
    const line = this.#line(claimed);
    const { signal } = preparation.ending;
    if (!(await line.enter(signal))) return "ended";
    try {
      const word = await this.#fetch(claimed, preparation);
      line.proven = true;
      return word;
    } catch (error) {
      if (signal.aborted) return "ended";
      line.proven = error instanceof AttachmentError && error.permanent;
      throw error;
    } finally {
      line.leave();
    }
  }

  /** Whether it is being prepared, or is prepared and not sent yet. */
  has(claimed: Claimed): boolean {
    return this.#preparations.has(claimed);
  }

  of(claimed: Claimed): Prepared | undefined {
    return this.#preparations.get(claimed)?.prepared;
  }

  /** Nothing more is done for it, and what was brought is let go of. */
  end(claimed: Claimed): void {
    const preparation = this.#preparations.get(claimed);
    this.#preparations.delete(claimed);
    preparation?.ending.abort();
    preparation?.holding?.release();
  }

  async #fetch(claimed: Claimed, preparation: Preparation): Promise<Word> {
    const { fetcher, allowance } = this.#options;
    const { signal } = preparation.ending;
    const need = needOf(claimed);
    const promised = await allowance.promise(need, signal);
    if (signal.aborted) {
      if (promised === "now") allowance.keep(need);
      return "ended";
    }
    if (promised === "later") return "later";
    if (promised === "never")
      throw new AttachmentError("it refers to more files than an invocation can fetch (TICK_SUBREQUESTS)", true);
    try {
      preparation.holding = this.#budget.open(claimed.accountKey);
      preparation.prepared = await fetcher.prepare(claimed, preparation.holding, signal);
    } finally {
      allowance.keep(need);
    }
    return signal.aborted ? "ended" : "ready";
  }

  #line(claimed: Claimed): FetchLine {
    const key = `${claimed.accountKey} ${hostsOf(claimed).join(" ")}`;
    const line = this.#lines.get(key) ?? this.#open(claimed.accountKey);
    this.#lines.delete(key);
    this.#lines.set(key, line);
    return line;
  }

  #open(accountKey: number): FetchLine {
    for (const [key, line] of this.#lines) {
      if (this.#lines.size < IDLE_LINES) break;
      if (line.isIdle) this.#lines.delete(key);
    }
    for (const [key, { held }] of this.#accounts) {
      if (this.#accounts.size < IDLE_LINES) break;
      if (held === 0) this.#accounts.delete(key);
    }
    const account = this.#accounts.get(accountKey) ?? { held: 0 };
    this.#accounts.set(accountKey, account);
    return new FetchLine({ places: this.#places, account, mayBegin: () => this.#options.allowance.mayBegin });
  }
}

/** Whom its files depend on, each once: servers, and ways to files that have none in their path. */
function hostsOf({ content }: Claimed): string[] {
  const hosts = remoteOf(content).map(({ fetch_mode, storage_path }) => {
    if (fetch_mode === "storage") return `storage ${storage_path.split(":", 1)[0]}`;
    return (fetch_mode === "http_url" ? urlIn(storage_path)?.host : undefined) ?? fetch_mode;
  });
  return [...new Set(hosts)].sort();
}

/**
 * Of a runtime that counts. At least: the tenant, and for each file a call, and one more where it is redirected or looked for
 * in a cache. At most: what is stored before as well, both of these and keeping it in the cache, and three to store it.
 */
function needOf({ content }: Claimed): Need {
  const remote = remoteOf(content);
  const known = remote.filter(({ content_md5 }) => content_md5 !== undefined);
  const files = content.attachments?.length ?? 0;
  return { least: 1 + 2 * remote.length, most: 2 + 2 * remote.length + 2 * known.length + 3 * files };
}

function remoteOf({ attachments = [] }: Content): RemoteAttachment[] {
  return attachments.filter((file): file is RemoteAttachment => !isInline(file));
}
