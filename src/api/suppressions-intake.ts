/** Takes entries of a suppression list in, each for itself: one that is wrong never keeps the others out. */
import * as v from "valibot";
import type { Database } from "../db/database.ts";
import { addSuppressions, type NewSuppression } from "../tenancy/suppressions-save.ts";
import { SuppressionEntry } from "./schemas/suppressions.ts";
import { faultsOf } from "./validation.ts";

/** One entry as somebody gave it; undefined: it could not be read. */
export interface Given {
  given: unknown;
  /** Of a file. */
  line?: number;
}

/** Of a line of a file. */
export const UNREADABLE = "a quote is not closed, or stands where none may, or it has more than 500 cells";

/** Entries that are checked and stored at a time. */
const SLICE = 1_000;
/** Of a file that is none, nobody reads more. */
const MOST_TOLD = 1_000;

interface Rejected {
  /** In a file from 1, in a list from 0. */
  line?: number;
  index?: number;
  address: string | null;
  reason: string;
}

export interface Taken {
  added: number;
  updated: number;
  /** The first of them. */
  rejected: Rejected[];
  rejected_total: number;
}

/** Others are served between two slices, however many entries there are. */
export async function suppressEach(db: Database, tenantId: string, all: Iterable<Given>, now: number): Promise<Taken> {
  const taken: Taken = { added: 0, updated: 0, rejected: [], rejected_total: 0 };
  let entries: NewSuppression[] = [];
  let index = 0;
  const store = async () => {
    const { added, updated } = await addSuppressions(db, tenantId, entries, now);
    taken.added += added;
    taken.updated += updated;
    entries = [];
  };
  for (const one of all) {
    const entry = checked(one, now);
    if (typeof entry !== "string") entries.push(entry);
    else if (taken.rejected_total++ < MOST_TOLD) taken.rejected.push(rejection(one, index, entry));
    index += 1;
    if (index % SLICE > 0) continue;
    await store();
    await new Promise((resolve) => setTimeout(resolve));
  }
  await store();
  return taken;
}

/** The entry, or why it is none. */
function checked({ given }: Given, now: number): NewSuppression | string {
  if (given === undefined) return UNREADABLE;
  const { success, output, issues } = v.safeParse(SuppressionEntry, given);
  if (!success) return faultsOf(issues);
  return hasPassed(output, now) ? "expires_ts: must be in the future" : newSuppression(output);
}

export function newSuppression(entry: SuppressionEntry): NewSuppression {
  const { address, reason = null, expires_ts = null, source = "manual" } = entry;
  return { address, reason, expiresAt: expires_ts, source };
}

export function hasPassed({ expires_ts }: Pick<SuppressionEntry, "expires_ts">, now: number): boolean {
  return expires_ts != null && expires_ts <= now;
}

function rejection({ given, line }: Given, index: number, reason: string): Rejected {
  const address: unknown = Object(given).address;
  return {
    ...(line === undefined ? { index } : { line }),
    address: typeof address === "string" ? address.slice(0, 320) : null,
    reason,
  };
}
