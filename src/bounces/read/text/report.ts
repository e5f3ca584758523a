/** What a mail system writes for people, up to where it returns the message. */
import type { RecipientNotice } from "../../notice.ts";
import { LONGEST_LINE, LONGEST_WORDS, MOST_REPORT_LINES } from "../limits.ts";
import type { Mail } from "../mail.ts";
import { oneLine } from "../reason.ts";

export interface Report {
  lines: string[];
  /** All of it on one line. */
  words: string;
}

/** A recipient as a text names it. */
export interface Entry {
  address: string;
  /** Where the text says that the address stands for another one. */
  original?: string | undefined;
  action?: RecipientNotice["action"] | undefined;
  /** What the text says of it. */
  words: string;
}

/** A way of naming recipients; an empty answer where the report is not written in it. */
export type Dialect = (report: Report) => Entry[];

/** Above the returned message, at its first fields, or at those of a delivery status. */
const RETURNED =
  /^\s{0,9}(?:-{2,20} {0,3}(?:below this line|this is a copy|(?:original|unsent|returned|undelivered) message|message header|the (?:original )?message|copy of)|(?:original )?message headers?(?: follow)?:?\s*$|included (?:below )?is a copy|return-path: ?<|received: from |reporting-mta: |final-recipient: )/i;
const LEAD_IN =
  /(?:response(?: from the remote server)? (?:was|is):|returned was:|error(?: message)? was:|because:|the reason for the problem:|failure:|remote server returned)\s/i;

export function reportOf({ text }: Mail): Report {
  const lines = text.split(/\r\n|[\r\n]/, MOST_REPORT_LINES).map((line) => line.slice(0, LONGEST_LINE).trimEnd());
  const end = lines.findIndex((line) => RETURNED.test(line));
  const report = end === -1 ? lines : lines.slice(0, end);
  return { lines: report, words: oneLine(report.join(" "), LONGEST_WORDS * 2) };
}

/** The server's own words, where they are announced; else all. */
export function tellingWords(words: string): string {
  const lead = LEAD_IN.exec(words);
  return (lead === null ? words : words.slice(lead.index + lead[0].length)).trim();
}

/** The lines from one on to the next blank one; blank ones before them are skipped. */
export function paragraph(lines: string[], from: number, ends: (line: string) => boolean = () => false): string[] {
  const start = lines.findIndex((line, at) => at >= from && line.trim() !== "");
  if (start === -1) return [];
  const length = lines.slice(start).findIndex((line) => line.trim() === "" || ends(line));
  return lines.slice(start, length === -1 ? undefined : start + length);
}
