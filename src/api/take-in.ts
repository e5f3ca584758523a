/**
 * Takes messages into the queue, whoever brings them.
 *
 * 1. They are admitted by what is remembered of tenants, keys and accounts, however old.
 * 2. They are stored in a transaction that breaks off where this has changed.
 * 3. Where it has, or a message is rejected, which may be for what is not known yet, all is done again by what there is now.
 * 4. The log tells what became of each (take-in-log.ts).
 */
import { AppError } from "../errors.ts";
import { stepLevel } from "../logs/steps.ts";
import { DIRECTORY_CHANGED, type Guard, sameRevision, sameRows } from "../queue/admitted.ts";
import type { NewMessage } from "../queue/message.ts";
import { type Contents, isRecent } from "../tenancy/directory.ts";
import type { KnownAccount } from "../tenancy/resolve.ts";
import { type Defaults, isTaken, type Rejection } from "./admission.ts";
import type { Service } from "./service.ts";
import { logTakenIn } from "./take-in-log.ts";

/** Tenants or accounts that change each time messages are to be stored: somebody is doing something odd. */
const MOST_TRIES = 5;

export type Entry = NewMessage | Rejection;

/** Messages that have come, and by what they came in. */
export interface Arrival {
  /** By which the log knows the call, or the mail by SMTP. */
  requestId: string;
  /** What becomes of them by what is known; at each try, with the same pks. */
  admit(contents: Contents): Entry[];
  /** About what they take in memory; of an unknown length what as many usually take. */
  bytes: number | undefined;
  /** The tenant's key that let the caller in: it still has to open the tenant when they are stored. */
  key: { tenantId: string; hash: string } | undefined;
  /** Before another try. Throws where there is to be none. */
  again(): Promise<void>;
  /** What is still to be done with those that were admitted. */
  prepare?(taken: readonly NewMessage[]): Promise<unknown> | undefined;
  /** What else the transaction that stores them has to check, and to write. */
  guarded?(guard: Guard, entries: readonly Entry[]): Guard;
  /** One that is rejected keeps out all. */
  isWhole?: boolean;
}

export interface TakenIn {
  entries: Entry[];
  /** Of those that were admitted, in their order: undefined, or why the queue did not take it. Empty where nothing was stored. */
  refusals: (string | undefined)[];
}

/** About what a message takes in memory where nobody said how long it is. */
const USUAL_BYTES = 2_048;

export async function takeIn(
  { config, directory, intake, now }: Pick<Service, "config" | "directory" | "intake" | "now">,
  arrival: Arrival,
): Promise<TakenIn> {
  const { key, requestId } = arrival;
  const told = (became: TakenIn) => {
    logTakenIn(became.entries, became.refusals, requestId, stepLevel(config));
    return became;
  };
  let contents = await directory.remembered(now());
  let hasChanged = false;
  for (let tries = 1; tries <= MOST_TRIES; tries++) {
    const entries = arrival.admit(contents);
    const taken = entries.filter(isTaken);
    const isComplete = taken.length > 0 && taken.length === entries.length;
    // The caller was let in before the body was read, by what may have been older than this.
    const isLetIn = key === undefined || directory.opens(contents, key, now());
    if (isLetIn && (isComplete || isRecent(contents, now()))) {
      if (taken.length === 0 || (arrival.isWhole && !isComplete)) return told({ entries, refusals: [] });
      const preparing = arrival.prepare?.(taken);
      if (preparing !== undefined) await preparing;
      // What others change may not keep these messages out: from the second try on only what they lean on themselves counts.
      const guard = hasChanged ? sameRows(accountsOf(taken, contents), key, now()) : sameRevision(contents.revision);
      const bytes = arrival.bytes ?? taken.length * USUAL_BYTES;
      const refusals = await intake.add(taken, bytes, arrival.guarded?.(guard, entries) ?? guard);
      if (refusals !== DIRECTORY_CHANGED) return told({ entries, refusals });
      directory.outdated(contents);
      hasChanged = true;
    }
    contents = await directory.recent(now());
    await arrival.again();
  }
  throw new AppError("overloaded", "tenants and accounts change faster than messages are stored", { retryAfter: 1 });
}

/** What the instance adds to messages that leave it open. */
export function instanceDefaults({ config, now }: Pick<Service, "config" | "now">, { defaultPriority }: Contents) {
  return {
    instancePriority: defaultPriority ?? config.defaultPriority,
    expiryMs: config.expirySeconds * 1000,
    now: now(),
    publicUrl: config.publicUrl,
  } satisfies Partial<Defaults>;
}

/** Each account once, as it was when the messages were built by it. */
function accountsOf(taken: readonly NewMessage[], { known }: Contents): KnownAccount[] {
  const keys = new Set(taken.map(({ accountKey }) => accountKey));
  const tenants = new Set(taken.map(({ tenantId }) => tenantId));
  const accounts = [...tenants].flatMap((id) => [...(known.get(id)?.accounts.values() ?? [])]);
  return accounts.filter(({ key }) => keys.has(key));
}
