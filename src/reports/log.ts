/** The reporter's log: a line for each call, and one for each event that it told; quiet about calls that carried nothing. */
import { getLogger } from "@logtape/logtape";
import { ofMessage, ofRequests, type StepLevel } from "../logs/steps.ts";
import type { EventRow } from "./report.ts";
import type { ReporterEvent } from "./sync.ts";

const log = getLogger(["mail-proxy", "reports"]);

type Answered = ReporterEvent & { kind: "answered" };
type Failed = ReporterEvent & { kind: "failed" };

/** Takes the events of a reporter into the log. They hold no secret, and neither do the lines. `level`: of what went well. */
export function createReportLog(level: StepLevel): (event: ReporterEvent) => void {
  return (event) => {
    switch (event.kind) {
      case "answered":
        answered(event, level);
        break;
      case "failed":
        failed(event, level);
        break;
      case "superseded":
        log.warning("report to tenant {tenant_id}: another process took over, the events come again", {
          tenant_id: event.tenant,
        });
        break;
      case "fault":
        log.error("the reporter cannot use the database: {reason}", { tenant_id: event.tenant, reason: event.reason });
        break;
    }
  };
}

function answered({ tenant, events, status, ms, queued, refused, notFound }: Answered, level: StepLevel): void {
  const call = { event: "reported", tenant_id: tenant, events: events.length, status, ms, queued, not_found: notFound };
  if (events.length === 0) log.debug("idle call to tenant {tenant_id}: {status} in {ms} ms", call);
  else if (log.isEnabledFor(level)) {
    const [requests, names] = ofRequests(messagesOf(events));
    const words = `report of {events} events to tenant {tenant_id}: {status} in {ms} ms${requests}`;
    log[level](words, { ...call, ...names });
  }
  const told = new Set(events);
  for (const one of refused) told.delete(one);
  each([...told], " was reported: {type}", { event: "reported" }, level);
  if (refused.length === 0) return;
  const [requests, names] = ofRequests(messagesOf(refused));
  log.warning(`tenant {tenant_id} refused {events} events: they come again${requests}`, {
    ...{ event: "report_refused", tenant_id: tenant, events: refused.length },
    ...names,
  });
  each(
    refused,
    ": the application refused the report of {type}, which comes again",
    { event: "report_refused" },
    level,
  );
}

/** Where nothing waits to be told, an endpoint that is away is no trouble to anybody yet. */
function failed({ tenant, events, status, ms, reason, retryAt }: Failed, level: StepLevel): void {
  const next = new Date(retryAt).toISOString();
  const call = { event: "report_failed", tenant_id: tenant, events: events.length, status, ms, reason, next };
  if (events.length === 0) {
    log.info("idle call to tenant {tenant_id} failed: {reason}; next try at {next}", call);
    return;
  }
  const [requests, names] = ofRequests(messagesOf(events));
  const words = `report of {events} events to tenant {tenant_id} failed: {reason}; next try at {next}${requests}`;
  log.warning(words, { ...call, ...names });
  const more = { event: "report_failed", reason, next };
  each(events, ": the report of {type} failed: {reason}; next try at {next}", more, level);
}

/** A line for each event, so that all that became of a message is found by its ids. */
function each(
  events: readonly EventRow[],
  words: string,
  fields: Record<string, unknown> & { event: string },
  level: StepLevel,
): void {
  if (events.length === 0 || !log.isEnabledFor(level)) return;
  const messages = messagesOf(events);
  for (const [at, { id, type }] of events.entries())
    log[level](...ofMessage(messages[at]!, words, { ...fields, type, event_id: String(id) }));
}

function messagesOf(events: readonly EventRow[]) {
  return events.map(({ tenant_id, message_id, pk, request_id }) => {
    return { tenantId: tenant_id, id: message_id, pk, requestId: request_id };
  });
}
