/** The reporter's log: a line for each call, quiet about those that carried nothing. */
import { getLogger } from "@logtape/logtape";
import type { ReporterEvent } from "./sync.ts";

const log = getLogger(["mail-proxy", "reports"]);

/** Takes the events of a reporter into the log. They hold no secret, and neither do the lines. */
export function createReportLog(): (event: ReporterEvent) => void {
  return (event) => {
    switch (event.kind) {
      case "answered":
        if (event.events === 0) log.debug("idle call to tenant {tenant}: {status} in {ms} ms", { ...event });
        else log.info("report of {events} events to tenant {tenant}: {status} in {ms} ms", { ...event });
        if (event.refused > 0) log.warning("tenant {tenant} refused {refused} events: they come again", { ...event });
        break;
      case "failed":
        failed({ ...event, next: new Date(event.retryAt).toISOString() });
        break;
      case "superseded":
        log.warning("report to tenant {tenant}: another process took over, the events come again", { ...event });
        break;
      case "fault":
        log.error("the reporter cannot use the database: {reason}", { ...event });
        break;
    }
  };
}

/** Where nothing waits to be told, an endpoint that is away is no trouble to anybody yet. */
function failed(event: ReporterEvent & { kind: "failed"; next: string }): void {
  if (event.events === 0) log.info("idle call to tenant {tenant} failed: {reason}; next try at {next}", { ...event });
  else log.warning("report of {events} events to tenant {tenant} failed: {reason}; next try at {next}", { ...event });
}
