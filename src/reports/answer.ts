/** What a tenant's endpoint answered to a report call, read leniently: any 2xx acknowledges, whatever its body. */
import * as v from "valibot";
import type { EventRow } from "./report.ts";

export interface Answer {
  /** Messages that the application still wants to hand over: call again at once. */
  queued: number;
  /** Unix milliseconds: no idle call before then. Undefined: the application said nothing about it. */
  nextSyncAt: number | undefined;
  /** Ids that the application could not take; their events come again. */
  error: string[];
  /** Ids that the application does not know; acknowledged all the same. */
  notFound: string[];
}

const LAST_MOMENT_MS = 8.64e15;

const count = v.pipe(v.number(), v.finite(), v.minValue(0));
const id = v.pipe(v.union([v.string(), v.number()]), v.transform(String));
const ids = v.fallback(
  v.pipe(
    v.array(v.unknown()),
    v.transform((items) => items.filter((item) => v.is(id, item)).map(String)),
  ),
  [],
);

/** Every field stands for itself: one of the wrong kind counts as missing and spoils none of the others. */
const Wire = v.fallback(
  v.object({
    queued: v.fallback(count, 0),
    next_sync_after: v.fallback(v.optional(count), undefined),
    error: ids,
    not_found: ids,
  }),
  { queued: 0, next_sync_after: undefined, error: [], not_found: [] },
);

/** Reads the body of a 2xx; undefined stands for a body that is no answer at all (too long to be one). */
export function readAnswer(body: string | undefined): Answer {
  const wire = v.parse(Wire, json(body));
  const next = wire.next_sync_after;
  return {
    queued: wire.queued,
    nextSyncAt: next === undefined ? undefined : Math.min(Math.ceil(next * 1000), LAST_MOMENT_MS),
    error: wire.error,
    notFound: wire.not_found,
  };
}

function json(body: string | undefined): unknown {
  try {
    return JSON.parse(body ?? "null");
  } catch {
    return null; // A page, a plain "ok", an empty body: the status has said all there is to say.
  }
}

/** The events that the application refused. It names messages by their ids; only what is none of these may be a pk or an event id. */
export function refusedEvents(events: readonly EventRow[], refused: readonly string[]): EventRow[] {
  const wanted = new Set(refused);
  const messageIds = new Set(events.map(({ message_id }) => message_id));
  const others = new Set(refused.filter((name) => !messageIds.has(name)));
  return events.filter(
    ({ message_id, pk, id: eventId }) => wanted.has(message_id) || others.has(pk) || others.has(String(eventId)),
  );
}

/**
 * When the next idle call is due. The application's word replaces what was agreed before; without one the longer of the
 * old agreement and the usual interval holds, because "no idle call before then" outlives the calls that carry events.
 */
export function nextIdleAt(previous: number, answer: Answer, now: number, intervalMs: number): number {
  return Math.max(now + intervalMs, answer.nextSyncAt ?? previous);
}
