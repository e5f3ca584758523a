/** How emails are asked for, and what may be changed of one that waits. */
import * as v from "valibot";
import { EMAIL_STATUSES } from "../emails-view-words.ts";
import { id, line, moment, wholeText } from "./values.ts";

/** Either client's pages. */
const LONGEST_PAGE = 100;
const DEFAULT_PAGE = 20;
const LAST_PAGE = 10_000;
const DAY = /^\d{4}-\d\d-\d\d$/;

/** A day alone means all of it. */
const until = v.pipe(
  v.string(),
  v.transform((given): string | number => (DAY.test(given) ? `${given}T23:59:59.999Z` : given)),
  moment,
);

const size = v.optional(wholeText(1, LONGEST_PAGE));
const part = v.optional(line(320));

/** One client turns pages by the last email that it saw, the other by their number. */
export const EmailQuery = v.strictObject({
  tenant_id: v.optional(id),
  limit: size,
  after: v.optional(id),
  before: v.optional(id),
  page: v.optional(wholeText(1, LAST_PAGE)),
  per_page: size,
  status: v.optional(v.picklist(EMAIL_STATUSES)),
  date_from: v.optional(moment),
  date_to: v.optional(until),
  to: part,
  from: part,
  subject: part,
  tag: part,
});
export type EmailQuery = v.InferOutput<typeof EmailQuery>;

export function pageSize({ limit, per_page }: EmailQuery): number {
  return limit ?? per_page ?? DEFAULT_PAGE;
}

export const EmailChanges = v.strictObject({ scheduled_at: line(255) });
