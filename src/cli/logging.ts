/** Where the log goes: one line of text a record on standard error, so that standard output holds only answers. */
import {
  configureSync,
  getAnsiColorFormatter,
  getTextFormatter,
  type LogRecord,
  type TextFormatterOptions,
} from "@logtape/logtape";
import type { Config } from "../config.ts";

const FORMAT: TextFormatterOptions = {
  timestamp: "rfc3339",
  level: "abbr",
  category: (category) => category.slice(1).join(".") || "mail-proxy",
  // Strings as they are, control characters escaped: what a server replied cannot forge a line of ours.
  value: "bare",
};

export function configureLogging(level: Config["logLevel"]): void {
  const format = process.stderr.isTTY ? getAnsiColorFormatter(FORMAT) : getTextFormatter(FORMAT);
  configureSync({
    reset: true,
    sinks: { stderr: (record: LogRecord) => process.stderr.write(format(record)) },
    loggers: [
      { category: "mail-proxy", lowestLevel: level, sinks: ["stderr"] },
      { category: ["logtape", "meta"], lowestLevel: "warning", sinks: ["stderr"] },
    ],
  });
}
