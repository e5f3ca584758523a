/** One event of a message as its tenant reads it: pure, from the stored row to the report object of the API. */

import { eventData } from "../db/recipients.ts";

/** An event that waits to be reported, joined with its message and account. */
export interface EventRow {
  id: number;
  type: string;
  /** Unix milliseconds. */
  at: number;
  /** JSON of the event's own fields, already under their wire names. */
  data: string;
  report_tries: number;
  tenant_id: string;
  message_id: string;
  pk: string;
  /** Of the call that brought the message: for the log, and told to nobody else. */
  request_id: string | null;
  account_id: string | null;
  priority: number;
}

export interface Report extends Record<string, unknown> {
  tenant_id: string;
  id: string;
  pk: string;
  account_id: string | null;
  priority: number;
  /** The same each time the event is told, so that a receiver can drop what it has seen. */
  event_id: string;
}

/** The report of an event. It carries exactly one `*_ts`, in Unix seconds: the one that belongs to its kind. */
export function report(event: EventRow): Report {
  const moment = momentName(event.type);
  const data = eventData(event.data);
  const own = Object.entries(data).filter(([name]) => name === moment || !name.endsWith("_ts"));
  return {
    tenant_id: event.tenant_id,
    id: event.message_id,
    pk: event.pk,
    account_id: event.account_id,
    priority: event.priority,
    event_id: String(event.id),
    [moment]: Math.floor(event.at / 1000),
    ...(event.type.startsWith("pec_") ? { pec_event: event.type } : {}),
    ...Object.fromEntries(own),
  };
}

/** Which timestamp a kind of event has. A delay, ours or a relay's, is a deferral to the tenant; PEC events share one name. */
function momentName(type: string): string {
  if (type === "delayed") return "deferred_ts";
  if (type.startsWith("pec_")) return "pec_ts";
  return `${type}_ts`;
}
