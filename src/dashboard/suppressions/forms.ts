/** What the forms of the suppression list say, and what was done, in words. */
import type { SuppressionEntry, SuppressionsAdded, SuppressionsRemoved } from "../../client/types.ts";
import { text, texts } from "../given.ts";
import type { Notice } from "../session.ts";

const DAY_SECONDS = 86_400;
/** Refused entries that are told one by one. */
const MOST_TOLD = 3;

/** `now`: Unix milliseconds. */
export function entryOf(form: FormData, now: number): SuppressionEntry {
  const reason = text(form, "reason");
  const days = text(form, "days");
  const expires = days === undefined ? {} : { expires_ts: Math.floor(now / 1000) + Number(days) * DAY_SECONDS };
  return { address: text(form, "address") ?? "", ...(reason === undefined ? {} : { reason }), ...expires };
}

/** The row's own button wins over what is ticked. */
export function toRemove(form: FormData): string[] {
  const only = texts(form, "only");
  return only.length > 0 ? only : texts(form, "address");
}

export function added({ added: fresh, updated, rejected, rejected_total: refused }: SuppressionsAdded): Notice {
  const told = rejected.slice(0, MOST_TOLD).map(({ line, address, reason }) => {
    const place = line === undefined ? "" : `line ${line}, `;
    return `${place}${address ?? "no address"}: ${reason}`;
  });
  const rest = refused - told.length;
  const done = `${fresh} added, ${updated} renewed, ${refused} refused`;
  return {
    kind: fresh + updated > 0 ? "done" : "failed",
    text: [done, ...told, ...(rest > 0 ? [`and ${rest} more`] : [])].join("; "),
  };
}

export function removed({ removed: count, not_found: missing }: SuppressionsRemoved): Notice {
  const gone = missing.length === 0 ? "" : `; not on the list any more: ${missing.length}`;
  return { kind: count > 0 ? "done" : "failed", text: `Taken off the list: ${count}${gone}` };
}
