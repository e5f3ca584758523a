/** Where the Worker's log goes: structured lines on its console, which `wrangler tail` and Workers Logs show. */
import { configureSync, getConsoleSink, getJsonLinesFormatter } from "@logtape/logtape";
import type { Config } from "../config.ts";

let configured: Config["logLevel"] | undefined;

/** Once per isolate, as soon as the settings are known. */
export function configureLogging(level: Config["logLevel"]): void {
  if (configured === level) return;
  configured = level;
  configureSync({
    reset: true,
    sinks: { console: getConsoleSink({ formatter: getJsonLinesFormatter() }) },
    loggers: [
      { category: "mail-proxy", lowestLevel: level, sinks: ["console"] },
      { category: ["logtape", "meta"], lowestLevel: "warning", sinks: ["console"] },
    ],
  });
}
