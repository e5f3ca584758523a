/** Where the Worker's log goes: objects of JSON on its console, which `wrangler tail` and Workers Logs show and search. */
import { configureSync, getConsoleSink } from "@logtape/logtape";
import type { Config } from "../config.ts";
import { jsonLine } from "../logs/line.ts";

let configured: Config["logLevel"] | undefined;

/** Once per isolate, as soon as the settings are known. */
export function configureLogging(level: Config["logLevel"]): void {
  if (configured === level) return;
  configured = level;
  configureSync({
    reset: true,
    sinks: { console: getConsoleSink({ formatter: (record) => jsonLine(record).trimEnd() }) },
    loggers: [
      { category: "mail-proxy", lowestLevel: level, sinks: ["console"] },
      { category: ["logtape", "meta"], lowestLevel: "warning", sinks: ["console"] },
    ],
  });
}
