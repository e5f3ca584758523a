/**
 * Who may connect, by address alone: so many at once, so many from one address, and for a while none from where keys were
 * guessed. Time is passed in.
 */

export interface GateLimits {
  connections: number;
  connectionsPerAddress: number;
  /** So many failed logins within `banMs` close the gate to an address for as long. */
  failedLogins: number;
  banMs: number;
}

/** RFC 3463 3.4: every client hears it, those that come and those that are there. */
export const STOPPING = "4.3.2 this server is stopping";

/** Why a connection is not let in: words of a 421 reply. */
export type Closed = string;

/** Addresses whose failed logins are remembered; of more the oldest are forgotten. */
const MOST_ADDRESSES = 10_000;
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 2_000;

export class Gate {
  readonly #limits: GateLimits;
  #connections = 0;
  readonly #byAddress = new Map<string, number>();
  /** When logins failed, Unix milliseconds; the address that failed last stands last. */
  readonly #failures = new Map<string, number[]>();
  #isStopping = false;

  constructor(limits: GateLimits) {
    this.#limits = limits;
  }

  /** Lets a connection in, which is counted until what it answers is called; a second call of it changes nothing. */
  enter(address: string, now: number): (() => void) | Closed {
    const group = addressGroup(address);
    const closed = this.#closed(group, now);
    if (closed !== undefined) return closed;
    this.#connections += 1;
    this.#byAddress.set(group, this.#from(group) + 1);
    let hasLeft = false;
    return () => {
      if (!hasLeft) this.#leave(group);
      hasLeft = true;
    };
  }

  /** Whether an address is being kept out for the logins that failed there. */
  isBanned(address: string, now: number): boolean {
    return this.#isBanned(addressGroup(address), now);
  }

  /** A login has failed; answers how long its reply is to wait, and whether this was the one too many. */
  failed(address: string, now: number): { delayMs: number; isBanned: boolean } {
    const group = addressGroup(address);
    const failures = [...this.#recentFailures(group, now), now].slice(-this.#limits.failedLogins);
    this.#failures.delete(group);
    this.#failures.set(group, failures);
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > MOST_ADDRESSES && oldest !== undefined) this.#failures.delete(oldest);
    const delayMs = Math.min(FIRST_DELAY_MS * 2 ** (failures.length - 1), LONGEST_DELAY_MS);
    return { delayMs, isBanned: failures.length === this.#limits.failedLogins };
  }

  /** From now on nobody is let in. */
  stop(): void {
    this.#isStopping = true;
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  #closed(group: string, now: number): Closed | undefined {
    if (this.#isStopping) return STOPPING;
    if (this.#isBanned(group, now)) return "4.7.0 too many failed logins from your address, try again later";
    if (this.#connections >= this.#limits.connections) return "4.3.2 too many connections, try again later";
    if (this.#from(group) >= this.#limits.connectionsPerAddress)
      return "4.7.0 too many connections from your address, try again later";
    return undefined;
  }

  #isBanned(group: string, now: number): boolean {
    return this.#recentFailures(group, now).length >= this.#limits.failedLogins;
  }

  #leave(group: string): void {
    this.#connections -= 1;
    const left = this.#from(group) - 1;
    if (left > 0) this.#byAddress.set(group, left);
    else this.#byAddress.delete(group);
  }

  #from(group: string): number {
    return this.#byAddress.get(group) ?? 0;
  }

  /** A ban counts from its last failure, since there is no other until it is over. */
  #recentFailures(group: string, now: number): number[] {
    const failures = this.#failures.get(group) ?? [];
    const last = failures.at(-1) ?? Number.NEGATIVE_INFINITY;
    const { banMs, failedLogins } = this.#limits;
    const isFull = failures.length >= failedLogins;
    return failures.filter((at) => (isFull ? last : at) > now - banMs);
  }
}

const MAPPED_IPV4 = /^::ffff:(?=\d+\.)/i;

/** What counts as one address: of IPv6 the /64, all of which one machine may have (RFC 4291 2.5.4, RFC 8981). */
export function addressGroup(address: string): string {
  const plain = address.replace(MAPPED_IPV4, "");
  if (!plain.includes(":")) return plain;
  const [head = "", tail] = plain.split("::").map((half) => (half === "" ? [] : half.split(":")));
  const zeros = tail === undefined ? 0 : 8 - head.length - tail.length;
  const groups = [...head, ...Array<string>(Math.max(0, zeros)).fill("0"), ...(tail ?? [])];
  return `${groups
    .slice(0, 4)
    .map((group) => group.toLowerCase().replace(/^0+(?=.)/, ""))
    .join(":")}::/64`;
}

/** RFC 1122 3.2.1.3, RFC 4291 2.5.3: from this machine, which no wire leads to. */
export function isLoopback(address: string): boolean {
  const plain = address.replace(MAPPED_IPV4, "");
  return plain.startsWith("127.") || plain === "::1";
}
