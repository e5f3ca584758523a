/** A record of the log as one line, for people or for machines: no stranger's text breaks it, and none makes it long. */
import {
  getAnsiColorFormatter,
  getTextFormatter,
  type LogRecord,
  type TextFormatter,
  type TextFormatterOptions,
} from "@logtape/logtape";
import { bounded, escaped, inWords } from "./values.ts";

const FORMAT: TextFormatterOptions = {
  timestamp: "rfc3339",
  level: "abbr",
  category: (category) => category.slice(1).join(".") || "mail-proxy",
  value: inWords,
};

/** `2026-11-21T13:18:03.432Z [inf] dispatch: message hello-1 of tenant shop: ...` */
export const textLine: TextFormatter = getTextFormatter(FORMAT);
export const colouredLine: TextFormatter = getAnsiColorFormatter(FORMAT);

/** What was logged in words alone. */
const words = getTextFormatter({ value: inWords, format: ({ message }) => message });

/** One object with the same words as the line of text, and each value by its name; no value takes the place of the line's own. */
export function jsonLine(record: LogRecord): string {
  const { timestamp, level, category, properties } = record;
  const message = words(record).trimEnd();
  const own = { ts: new Date(timestamp).toISOString(), level, logger: category.join("."), message };
  const values = Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, bounded(value)]));
  return `${escaped(JSON.stringify({ ...own, ...values, ...own }))}\n`;
}
