/** The small values that many requests share: ids, one-line texts, moments, priorities, flags. */
import * as v from "valibot";
import { hasLineBreak } from "../../mime/headers.ts";

/** The application's own ids, batch codes and names are at most this long. */
const LONGEST_ID = 255;
/** The last second of the year 9999; whoever sends more has sent milliseconds. */
const LAST_SECOND = 253_402_300_799;

/** Text that stands on one line of a mail, a path or a log. Half of a surrogate pair has no UTF-8: a database would give back another id. */
export const oneLine = v.pipe(
  v.string(),
  v.check((text) => !hasLineBreak(text), "must not hold a line break or a NUL"),
  v.check((text) => text.isWellFormed(), "must not hold half of a surrogate pair"),
);

export const line = (longest: number) =>
  v.pipe(oneLine, v.nonEmpty("must not be empty"), v.maxLength(longest, `must have at most ${longest} characters`));

/** What an application calls a message, a tenant, an account or a batch. */
export const id = line(LONGEST_ID);

/** Any text, also of many lines. A truncated emoji is replaced, as every mail reader would show it. */
export const text = v.pipe(
  v.string(),
  v.transform((given) => given.toWellFormed()),
);

export const whole = (least: number, most: number) =>
  v.pipe(
    v.number(),
    v.integer("must be a whole number"),
    v.minValue(least, `must be at least ${least}`),
    v.maxValue(most, `must be at most ${most}`),
  );

/** A whole number in a query string. */
export const wholeText = (least: number, most: number) =>
  v.pipe(v.string(), v.regex(/^\d{1,15}$/, "must be a whole number"), v.transform(Number), whole(least, most));

const YES = ["true", "True", "1"] as const;
const NO = ["false", "False", "0"] as const;

/** A flag in a query string, as Python writes it, too. */
export const flag = v.pipe(
  v.picklist([...YES, ...NO]),
  v.transform((given) => YES.some((yes) => yes === given)),
);

/** ISO 8601 as people and programs write it; without a zone it is UTC, whatever zone this machine is in. */
const ISO_8601 = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)\s?(Z|[+-]\d\d:?\d\d)?)?$/i;

/** A moment: Unix seconds, whole or with a fraction, or ISO 8601. Comes out in Unix milliseconds. */
export const moment = v.pipe(
  v.union([v.number(), v.string()], "must be Unix seconds or ISO 8601"),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const seconds = typeof dataset.value === "number" ? dataset.value : secondsOf(dataset.value);
    if (seconds >= 0 && seconds <= LAST_SECOND) return Math.round(seconds * 1000);
    const hint = seconds > LAST_SECOND ? ", not milliseconds" : " or ISO 8601";
    addIssue({ message: `must be Unix seconds${hint}` });
    return NEVER;
  }),
);

function secondsOf(given: string): number {
  if (/^\d{1,15}(\.\d+)?$/.test(given)) return Number(given);
  const [matched, day, time = "00:00", zone = "Z"] = ISO_8601.exec(given) ?? [];
  if (matched === undefined || day === undefined || !isOnCalendar(day)) return Number.NaN;
  return Date.parse(`${day}T${time}${zone.toUpperCase()}`) / 1000;
}

/** Date.parse takes the 30th of February for the 2nd of March. */
function isOnCalendar(day: string): boolean {
  const parsed = new Date(day);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(day);
}

/** By their numbers. */
export const PRIORITY_WORDS = ["immediate", "high", "medium", "low"] as const;

/** 0 to 3, or the word for it. */
export const priority = v.pipe(
  v.union([v.picklist([0, 1, 2, 3]), v.picklist(PRIORITY_WORDS)], "must be 0 to 3, immediate, high, medium or low"),
  v.transform((given) => (typeof given === "number" ? given : PRIORITY_WORDS.indexOf(given))),
);

/** An array is no object here, though JavaScript takes it for one. What it holds is for the schema behind it to say. */
const notArray = <T>() =>
  v.custom<T>((given) => typeof given === "object" && given !== null && !Array.isArray(given), "must be an object");

/** An object with these fields and no others. */
export const object = <T extends v.ObjectEntries>(fields: T) =>
  v.pipe(notArray<v.InferInput<v.StrictObjectSchema<T, undefined>>>(), v.strictObject(fields));

/** An object of names and values that the application chooses. */
export const map = <K extends v.GenericSchema<string, string>, V extends v.GenericSchema>(name: K, value: V) =>
  v.pipe(notArray<v.InferInput<v.RecordSchema<K, V, undefined>>>(), v.record(name, value));
