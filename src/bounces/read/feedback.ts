/** Feedback reports (RFC 5965), and Microsoft's, which return the message with a field of their own and nothing else. */
import type { FeedbackNotice } from "../notice.ts";
import { typedAddress } from "./address.ts";
import { Fields, readBlocks } from "./fields.ts";
import { MOST_RECIPIENTS } from "./limits.ts";
import { decoded, type Mail } from "./mail.ts";
import { isReturned, originalOf, returnedHeader } from "./original.ts";
import { oneLine } from "./reason.ts";

const REPORT_TYPE = "message/feedback-report";
const REPORT_FIELD = /^Feedback-Type[ \t]{0,9}:/im;
const LOOKED_AT = 4_096;
const JMRP_RECIPIENT = "x-hmxmroriginalrecipient";
const LONGEST_TYPE = 40;

export function readFeedback(mail: Mail): FeedbackNotice | undefined {
  const report = feedbackFields(mail);
  return report === undefined ? readJmrp(mail) : readReport(mail, report);
}

/** Where the mail went that is complained about had a return path, which may carry a mark of the message. */
export function originalSender(mail: Mail): string | undefined {
  return typedAddress(feedbackFields(mail)?.first("original-mail-from"));
}

function readReport(mail: Mail, report: Fields): FeedbackNotice {
  return {
    kind: "feedback",
    original: originalOf(mail, [], report.first("original-envelope-id")),
    // RFC 5965 3.1 wants a type; one that is missing accuses nobody of anything.
    feedbackType: feedbackType(report.first("feedback-type") ?? "other"),
    recipients: recipientsOf(mail, [...report.all("original-rcpt-to"), ...report.all("removal-recipient")]),
  };
}

function readJmrp(mail: Mail): FeedbackNotice | undefined {
  const recipients = [mail.header, returnedHeader(mail)].flatMap((header) => header?.all(JMRP_RECIPIENT) ?? []);
  if (recipients.length === 0) return undefined;
  return {
    kind: "feedback",
    original: originalOf(mail),
    feedbackType: "abuse",
    recipients: recipientsOf(mail, recipients),
  };
}

function feedbackFields(mail: Mail): Fields | undefined {
  const named = mail.parts.find(({ type }) => type === REPORT_TYPE);
  const alike = mail.parts.find((part) => !isReturned(part) && REPORT_FIELD.test(decoded(part.content, LOOKED_AT)));
  const part = named ?? alike;
  if (part !== undefined)
    return new Fields(readBlocks(decoded(part.content), MOST_RECIPIENTS).flatMap((block) => [...block]));
  return mail.reportType === "feedback-report" ? new Fields([]) : undefined;
}

function feedbackType(value: string): string {
  return (
    oneLine(value, LONGEST_TYPE)
      .toLowerCase()
      .replace(/[\s;(].*$/, "")
      .replaceAll("_", "-") || "other"
  );
}

/** Those that the report names; where it names none, whom the returned message was for, unless somebody blackened it. */
function recipientsOf(mail: Mail, named: string[]): string[] {
  const values = named.length > 0 ? named : (returnedHeader(mail)?.all("to") ?? []);
  const addresses = values.map((value) => typedAddress(value)).filter((address) => address !== undefined);
  return [...new Set(addresses.filter((address) => !isRedacted(address)))].slice(0, MOST_RECIPIENTS);
}

/** RFC 6590: some providers hide who complained. */
function isRedacted(address: string): boolean {
  return /^(?:redacted|\[redacted\]|removed|x{3,}|\*+)@|redacted\.(?:invalid|example)$|@redacted/i.test(address);
}
