import type { LogRecord } from "@logtape/logtape";
import { expect, test } from "vitest";
import { createReportLog } from "../../src/reports/log.ts";
import type { EventRow } from "../../src/reports/report.ts";
import type { ReporterEvent } from "../../src/reports/sync.ts";
import { watchLog } from "../support/log.ts";

function event(id: number, request_id: string | null): EventRow {
  const names = { tenant_id: "acme", message_id: `m${id}`, pk: `pk${id}`, request_id, account_id: "default" };
  return { id, type: "sent", at: 0, data: "{}", report_tries: 0, priority: 2, ...names };
}

const [one, two] = [event(1, "req-a"), event(2, "req-b")];
const answered = {
  kind: "answered",
  tenant: "acme",
  events: [one, two],
  status: 200,
  ms: 12,
  queued: 0,
  refused: [],
  notFound: 0,
} as const;
const failed = {
  kind: "failed",
  tenant: "acme",
  events: [one],
  status: 503,
  ms: 5,
  reason: "HTTP 503",
  retryAt: 0,
} as const;
const NEXT = "next try at 1970-01-01T00:00:00.000Z";

const asLine = ({ level, message }: LogRecord) => `${level}: ${message.join("")}`;

test.each<[ReporterEvent, string[]]>([
  [
    answered,
    [
      "info: report of 2 events to tenant acme: 200 in 12 ms (requests req-a,req-b)",
      "info: message m1 of tenant acme was reported: sent (request req-a)",
      "info: message m2 of tenant acme was reported: sent (request req-b)",
    ],
  ],
  [{ ...answered, events: [] }, ["debug: idle call to tenant acme: 200 in 12 ms"]],
  [
    { ...answered, events: [event(3, null)] },
    ["info: report of 1 events to tenant acme: 200 in 12 ms", "info: message m3 of tenant acme was reported: sent"],
  ],
  [
    { ...answered, refused: [two] },
    [
      "info: report of 2 events to tenant acme: 200 in 12 ms (requests req-a,req-b)",
      "info: message m1 of tenant acme was reported: sent (request req-a)",
      "warning: tenant acme refused 1 events: they come again (requests req-b)",
      "info: message m2 of tenant acme: the application refused the report of sent, which comes again (request req-b)",
    ],
  ],
  [
    failed,
    [
      `warning: report of 1 events to tenant acme failed: HTTP 503; ${NEXT} (requests req-a)`,
      `info: message m1 of tenant acme: the report of sent failed: HTTP 503; ${NEXT} (request req-a)`,
    ],
  ],
  [{ ...failed, events: [] }, [`info: idle call to tenant acme failed: HTTP 503; ${NEXT}`]],
  [
    { kind: "superseded", tenant: "acme" },
    ["warning: report to tenant acme: another process took over, the events come again"],
  ],
  [
    { kind: "fault", tenant: undefined, reason: "disk full" },
    ["error: the reporter cannot use the database: disk full"],
  ],
])("%o is logged", async (happened, expected) => {
  const { records } = await watchLog();
  createReportLog("info")(happened);
  expect(records.map(asLine)).toEqual(expected);
});

test("a report that went well is no news unless every message is to be seen; one that failed always is", async () => {
  const { records } = await watchLog();
  for (const happened of [answered, failed]) createReportLog("debug")(happened);
  expect(records.filter(({ level }) => level !== "debug").map(asLine)).toEqual([
    `warning: report of 1 events to tenant acme failed: HTTP 503; ${NEXT} (requests req-a)`,
  ]);
});

test("a report names the requests of its messages, each once, and not a thousand of them", async () => {
  const { records } = await watchLog();
  const events = Array.from({ length: 500 }, (_, id) => event(id, `req-${id % 25}`));
  createReportLog("info")({ ...answered, events });
  const [call] = records;
  expect(call?.properties).toMatchObject({ events: 500, more_requests: 15 });
  expect(call?.properties.request_ids).toEqual(Array.from({ length: 10 }, (_, at) => `req-${at}`));
});
