/** Where the log goes: one line a record on standard error, so that standard output holds only answers. */
import { configureSync, type LogRecord } from "@logtape/logtape";
import type { Config } from "../config.ts";
import { colouredLine, jsonLine, textLine } from "../logs/line.ts";
import { hasColours } from "./terminal.ts";

export function configureLogging({ logLevel, logFormat }: Pick<Config, "logLevel" | "logFormat">): void {
  const text = hasColours(process.stderr) ? colouredLine : textLine;
  const line = logFormat === "json" ? jsonLine : text;
  configureSync({
    reset: true,
    sinks: { stderr: (record: LogRecord) => process.stderr.write(line(record)) },
    loggers: [
      { category: "mail-proxy", lowestLevel: logLevel, sinks: ["stderr"] },
      { category: ["logtape", "meta"], lowestLevel: "warning", sinks: ["stderr"] },
    ],
  });
}
