/** Where the Worker's log goes: structured lines on its console, which `wrangler tail` and Workers Logs show. */
import { configureSync, getConsoleSink, getTextFormatter, type LogRecord } from "@logtape/logtape";
import type { Config } from "../config.ts";

/** In the words of every runtime's log: strings as they are, control characters escaped. */
const words = getTextFormatter({ value: "bare", format: ({ message }) => message });

let configured: Config["logLevel"] | undefined;

/** Once per isolate, as soon as the settings are known. */
export function configureLogging(level: Config["logLevel"]): void {
  if (configured === level) return;
  configured = level;
  configureSync({
    reset: true,
    sinks: { console: getConsoleSink({ formatter: line }) },
    loggers: [
      { category: "mail-proxy", lowestLevel: level, sinks: ["console"] },
      { category: ["logtape", "meta"], lowestLevel: "warning", sinks: ["console"] },
    ],
  });
}

/** One object: what anybody reads, and the values by their names for who searches. */
function line(record: LogRecord): string {
  const { timestamp, level, category, properties } = record;
  const time = new Date(timestamp).toISOString();
  return JSON.stringify({ time, level, logger: category.join("."), message: words(record).trimEnd(), properties });
}
