/** When an email is to go, as clients of the email API say it: ISO 8601, or English such as "in 1 min"; a pure function. */
import { parse } from "chrono-node/en";
import * as v from "valibot";
import { moment } from "./schemas/values.ts";

/** What is no moment is told in these words. */
export const NO_MOMENT = 'must be ISO 8601, or English such as "in 1 hour" or "tomorrow at 9am"';

/** Meant as ISO 8601: what is wrong with it must not be read as another date. */
const ISO_DATE = /^\d{4}-\d/;

/** No moment takes more words; the parser's time grows with the square of the text, and with runs of white space beyond all bounds. */
const LONGEST_ENGLISH = 64;

/** Unix milliseconds; undefined where the whole text is no moment. Times of day are in UTC, wherever this machine stands. */
export function scheduledAt(given: string, now: number): number | undefined {
  const text = given.trim().replace(/\s+/g, " ");
  const exact = v.safeParse(moment, text);
  if (exact.success) return exact.output;
  if (ISO_DATE.test(text) || text.length > LONGEST_ENGLISH) return undefined;
  const [found] = parse(text, { instant: new Date(now), timezone: 0 }, { forwardDate: true });
  // A date somewhere in other words might be meant otherwise.
  if (found === undefined || found.text !== text) return undefined;
  const english = v.safeParse(moment, found.date().getTime() / 1000);
  return english.success ? english.output : undefined;
}
