/** What the proxy's log says from now on, until the test ends: as records, and as the lines of either format. */
import { configure, type LogLevel, type LogRecord, reset } from "@logtape/logtape";
import { expect, onTestFinished } from "vitest";
import { jsonLine, textLine } from "../../src/logs/line.ts";

export interface WatchedLog {
  records: LogRecord[];
  text(): string[];
  json(): Record<string, unknown>[];
  /** The properties of the records of this event, as soon as there are so many. */
  events(name: string, count?: number): Promise<Record<string, unknown>[]>;
}

export async function watchLog(lowestLevel: LogLevel = "debug"): Promise<WatchedLog> {
  const records: LogRecord[] = [];
  await configure({
    reset: true,
    sinks: { records: (record) => void records.push(record) },
    loggers: [
      { category: "mail-proxy", lowestLevel, sinks: ["records"] },
      { category: ["logtape", "meta"], lowestLevel: "warning", sinks: [] },
    ],
  });
  onTestFinished(() => reset());
  const of = (name: string) => records.map(({ properties }) => properties).filter(({ event }) => event === name);
  return {
    records,
    text: () => records.map(textLine),
    json: () => records.map((record) => JSON.parse(jsonLine(record)) as Record<string, unknown>),
    async events(name, count = 1) {
      await expect.poll(() => of(name).length, { timeout: 20_000 }).toBeGreaterThanOrEqual(count);
      return of(name);
    },
  };
}
