/** When an email is to go, as clients of the email API say it: ISO 8601, or English such as "in 1 min"; a pure function. */
import { parse } from "chrono-node/en";
import * as v from "valibot";
import { moment } from "./schemas/values.ts";

/** What is no moment is told in these words. */
export const NO_MOMENT = 'must be ISO 8601, or English such as "in 1 hour" or "tomorrow at 9am"';

/** Meant as ISO 8601: what is wrong with it must not be read as another date. */
const ISO_DATE = /^\d{4}-\d/;

/** Unix milliseconds; undefined where the whole text is no moment. Times of day are in UTC, wherever this machine stands. */
export function scheduledAt(given: string, now: number): number | undefined {
  const text = given.trim();
  const exact = v.safeParse(moment, text);
  if (exact.success) return exact.output;
  if (ISO_DATE.test(text)) return undefined;
  const [found] = parse(text, { instant: new Date(now), timezone: 0 }, { forwardDate: true });
  // A date somewhere in other words might be meant otherwise.
  return found === undefined || found.text !== text ? undefined : found.date().getTime();
}
