/** The lanes of this process: those at work, and a bounded number of idle ones that remember what their servers could take. */
import type { Lane } from "./lane.ts";

/** Accounts beyond these begin anew when they have mail again. */
const IDLE_LANES = 1_000;

export class Roster {
  readonly #busy = new Map<number, Lane>();
  /** Whoever has rested longest comes first. */
  readonly #idle = new Map<number, Lane>();

  get busy(): ReadonlyMap<number, Lane> {
    return this.#busy;
  }

  get(accountKey: number): Lane | undefined {
    return this.#busy.get(accountKey) ?? this.#idle.get(accountKey);
  }

  /** The lane of an account that is served now. */
  open(accountKey: number, create: () => Lane): Lane {
    const lane = this.get(accountKey) ?? create();
    this.#idle.delete(accountKey);
    this.#busy.set(accountKey, lane);
    return lane;
  }

  /** Nothing of the account is in line or being sent any more. */
  rest(accountKey: number): void {
    const lane = this.#busy.get(accountKey);
    if (lane === undefined) return;
    this.#busy.delete(accountKey);
    this.#idle.set(accountKey, lane);
    if (this.#idle.size > IDLE_LANES) this.#idle.delete(this.#idle.keys().next().value ?? accountKey);
  }
}
