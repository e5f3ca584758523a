import { configure, type LogRecord, reset } from "@logtape/logtape";
import { expect, onTestFinished, test } from "vitest";
import { createReportLog } from "../../src/reports/log.ts";
import type { ReporterEvent } from "../../src/reports/sync.ts";

const answered = {
  kind: "answered",
  tenant: "acme",
  events: 3,
  status: 200,
  ms: 12,
  queued: 0,
  refused: 0,
  notFound: 0,
} as const;

test.each<[ReporterEvent, string[]]>([
  [answered, ["info: report of 3 events to tenant acme: 200 in 12 ms"]],
  [{ ...answered, events: 0 }, ["debug: idle call to tenant acme: 200 in 12 ms"]],
  [
    { ...answered, refused: 1 },
    ["info: report of 3 events to tenant acme: 200 in 12 ms", "warning: tenant acme refused 1 events: they come again"],
  ],
  [
    { kind: "failed", tenant: "acme", events: 3, status: 503, ms: 5, reason: "HTTP 503", retryAt: 0 },
    ["warning: report of 3 events to tenant acme failed: HTTP 503; next try at 1970-01-01T00:00:00.000Z"],
  ],
  [
    { kind: "superseded", tenant: "acme" },
    ["warning: report to tenant acme: another process took over, the events come again"],
  ],
  [
    { kind: "fault", tenant: undefined, reason: "disk full" },
    ["error: the reporter cannot use the database: disk full"],
  ],
])("%o is logged", async (event, expected) => {
  const lines: string[] = [];
  const sink = ({ level, message }: LogRecord) => void lines.push(`${level}: ${message.join("")}`);
  await configure({
    sinks: { sink },
    loggers: [
      { category: "mail-proxy", lowestLevel: "debug", sinks: ["sink"] },
      { category: ["logtape", "meta"], lowestLevel: "warning", sinks: [] },
    ],
  });
  onTestFinished(() => reset());
  createReportLog()(event);
  expect(lines).toEqual(expected);
});
