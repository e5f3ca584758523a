/** An account paused by hand: nothing more of it is taken up before it is resumed, or before the moment that was named. */
import { type Database, rows } from "../db/database.ts";
import type { Account } from "./accounts.ts";

/** The last day there is: of itself it never ends. */
const UNTIL_RESUMED = Date.UTC(9999, 11, 31);

// As when it is saved (accounts-save.ts), the new revision keeps attempts that began before from pausing it in their way.
const PAUSE = `
  update accounts set faults = 0, paused_until = :until, updated_at = max(cast(:now as integer), updated_at + 1)
  where key = :accountKey and deleted_at is null`;

/** Takes the place of a pause after a fault. `until` in Unix milliseconds. */
export async function pauseByHand(
  db: Database,
  accountKey: number,
  until: number | undefined,
  now: number,
): Promise<void> {
  await rows(db, PAUSE, { accountKey, until: Math.min(until ?? UNTIL_RESUMED, UNTIL_RESUMED), now });
}

/** A fault of its own, somebody's hand, or what this platform cannot do (which is api/accounts.ts's to say). */
export type PausedBy = "fault" | "hand" | "platform";

/** Who paused it, and until when (Unix ms; null: until it is resumed). A fault that pauses it has been counted, somebody's hand has not. */
export function pauseOf(
  { faults, pausedUntil }: Pick<Account, "faults" | "pausedUntil">,
  now: number,
): { by: PausedBy; until: number | null } | undefined {
  if (pausedUntil === null || pausedUntil <= now) return undefined;
  return { by: faults > 0 ? "fault" : "hand", until: pausedUntil < UNTIL_RESUMED ? pausedUntil : null };
}
