/** An account's pause after faults of its own, kept beside the account so that every process honours it. */
import { type Database, rows } from "../db/database.ts";

// Several connections may fail at once; only the first of them counts (`faults = :faults`).
const PAUSE = `
  update accounts set faults = faults + 1, paused_until = :until, last_error = :error, last_error_at = :now
  where key = :accountKey and faults = :faults and updated_at = :revision
  returning key`;

// As when it is saved (tenancy/accounts-save.ts), the new revision keeps attempts that began before from pausing it again.
const RESUME = `
  update accounts set faults = 0, paused_until = null, updated_at = max(cast(:now as integer), updated_at + 1)
  where key = :accountKey and deleted_at is null`;

const RECOVER = "update accounts set faults = 0, paused_until = null where key = :accountKey and faults > 0";

export interface Pause {
  accountKey: number;
  /** The account as the failed attempt knew it: one saved since then is not paused. */
  faults: number;
  revision: number;
  until: number;
  error: string;
}

/** Answers whether this call began the pause. */
export async function pauseAccount(db: Database, pause: Pause, now: number): Promise<boolean> {
  const { accountKey, faults, revision, until, error } = pause;
  const paused = await rows(db, PAUSE, { accountKey, faults, revision, until, error, now });
  return paused.length > 0;
}

/** Ends its pause at once, whatever its last attempts met: somebody has mended it, or wants to see. */
export async function resumeAccount(db: Database, accountKey: number, now: number): Promise<void> {
  await rows(db, RESUME, { accountKey, now });
}

/** A server has answered one of its messages. */
export async function recoverAccount(db: Database, accountKey: number): Promise<void> {
  await rows(db, RECOVER, { accountKey });
}
