/** Picks lines of a log, text or JSON: by their level, and by what they are about. A line that is no record belongs to the one above it. */
import { escaped } from "../logs/values.ts";

/** As LOG_LEVEL has them, the least important first. */
export const LEVELS = ["trace", "debug", "info", "warning", "error", "fatal"] as const;
export type Level = (typeof LEVELS)[number];

/** What is wanted of a log; what is left out is not looked at. */
export interface Wanted {
  /** At least. */
  level?: Level | undefined;
  /** The application's id, or a `pk`, which only JSON has in every line. */
  message?: string | undefined;
  tenant?: string | undefined;
  request?: string | undefined;
}

type LogRecord = { level: Level | undefined } & ({ values: Record<string, unknown> } | { text: string });

const ABBREVIATIONS = ["trc", "dbg", "inf", "wrn", "err", "ftl"];
const TEXT = /^\d{4}-\d\d-\d\d\S* \[([a-z]{3})\] (.*)/s;

/** By which names a record of JSON tells what it is about. */
const NAMES = {
  message: ["message_id", "message_ids", "pk", "pks"],
  tenant: ["tenant_id", "tenant_ids"],
  request: ["request_id", "request_ids"],
} as const;
type Subject = keyof typeof NAMES;
const SUBJECTS = Object.keys(NAMES) as Subject[];

/** Whether a line belongs to a record that is wanted; asked line by line, in their order. */
export function lineFilter(wanted: Wanted): (line: string) => boolean {
  const least = wanted.level === undefined ? 0 : LEVELS.indexOf(wanted.level);
  const isAbout = SUBJECTS.map((subject) => aboutOne(subject, wanted[subject]));
  let isWanted = least === 0 && SUBJECTS.every((subject) => wanted[subject] === undefined);
  return (line) => {
    const record = recordOf(line);
    if (record !== undefined)
      isWanted =
        (record.level === undefined || LEVELS.indexOf(record.level) >= least) && isAbout.every((is) => is(record));
    return isWanted;
  };
}

function recordOf(line: string): LogRecord | undefined {
  const values = line.startsWith('{"ts":') ? objectOf(line) : undefined;
  if (values !== undefined) return { level: LEVELS.find((level) => level === values.level), values };
  const [, abbreviation = "", text] = TEXT.exec(line) ?? [];
  return text === undefined ? undefined : { level: LEVELS[ABBREVIATIONS.indexOf(abbreviation)], text };
}

/** Undefined of a line that was cut off, as the last one before a crash may be. */
function objectOf(line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function aboutOne(subject: Subject, id: string | undefined): (record: LogRecord) => boolean {
  if (id === undefined) return () => true;
  const phrase = phraseOf(subject, id);
  return (record) => {
    if ("text" in record) return phrase.test(record.text);
    return NAMES[subject].some((name) => [record.values[name]].flat().includes(id));
  };
}

/** `message order-17`, or `requests a, b, c`, as the line of text writes it (logs/steps.ts). */
function phraseOf(subject: Subject, id: string): RegExp {
  const name = escaped(id).replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  return new RegExp(`(?:^|[ (])${subject}s? (?:[^ ,]+, )*${name}(?=[ ,:;)]|$)`);
}
