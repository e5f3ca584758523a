/**
 * What each account may claim in one pass: a pure function, so that no account has what others of its tenant, or of this
 * process, wait for.
 */

import { UNLIMITED } from "../queue/limits.ts";
import type { Candidate } from "../queue/look.ts";

/** An account with something ready. */
export interface Claimant {
  account: Candidate;
  /** How many messages it has room for. */
  room: number;
  /** Content that this process has in memory for it. */
  bytes: number;
}

export interface Share {
  account: Candidate;
  /** At most so many messages, */
  want: number;
  /** and no more once they hold so many bytes. */
  bytes: number;
}

export interface Division {
  shares: Share[];
  /** Whose turn was last, for the next division. */
  next: number;
  /** Somebody could have had a share, had there been more bytes. */
  starved: boolean;
}

/** One batch of claims holds up other writers of the database no longer than so many take. */
export const ACCOUNTS_PER_PASS = 64;

/** `turn`: the `next` of the last division; `capacity`: bytes that should be in memory at most, `inMemory` of which are. */
export function shareOut(claimants: readonly Claimant[], turn: number, capacity: number, inMemory: number): Division {
  const able = inTurn(claimants.filter(isAble), turn);
  const served = able.slice(0, ACCOUNTS_PER_PASS);
  const tenants = countByTenant(able);
  const shares = served
    .map(({ account, room, bytes: held }) => ({
      account,
      want: Math.min(room, slotsOf(account, tenants.get(account.tenantId) ?? 1)),
      bytes: bytesFor(held, served.length, capacity - inMemory, inMemory < 2 * capacity),
    }))
    .filter(({ bytes }) => bytes > 0);
  // Where all are served they take turns at being first, since the first one may find the only slot.
  const last = able.length > served.length ? served.at(-1) : served[0];
  return { shares, next: last?.account.accountKey ?? turn, starved: shares.length < served.length };
}

function isAble({ account, room }: Claimant): boolean {
  return account.slots > 0 && room > 0;
}

/** By key, beginning after the one whose turn was last. */
function inTurn(claimants: readonly Claimant[], turn: number): Claimant[] {
  const sorted = [...claimants].sort((a, b) => a.account.accountKey - b.account.accountKey);
  const after = sorted.findIndex(({ account }) => account.accountKey > turn);
  return after === -1 ? sorted : [...sorted.slice(after), ...sorted.slice(0, after)];
}

/** Slots may be the tenant's: its accounts share them, and what one leaves is another's in the next pass. */
function slotsOf({ slots }: Candidate, accountsOfTenant: number): number {
  return slots < UNLIMITED ? Math.ceil(slots / accountsOfTenant) : slots;
}

/**
 * As much as will still be free when all have their share. An account with nothing in memory may have one message where
 * large ones of others have taken it all, up to a second capacity: it waits for nobody else's server.
 */
function bytesFor(held: number, claimants: number, free: number, mayExceed: boolean): number {
  const share = Math.floor((free - held) / (claimants + 1));
  if (share > 0) return share;
  return held === 0 && mayExceed ? 1 : 0;
}

function countByTenant(claimants: readonly Claimant[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { account } of claimants) counts.set(account.tenantId, (counts.get(account.tenantId) ?? 0) + 1);
  return counts;
}
