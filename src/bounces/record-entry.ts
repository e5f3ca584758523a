/** What is written down of what is believed: pure, from the words of the parsers to those of the reports. */
import { comparableOrNothing } from "../addresses/comparable.ts";
import type { StoredRecipient } from "../db/recipients.ts";
import type { Candidate } from "./match.ts";
import type { PecEvent, RecipientNotice } from "./notice.ts";
import type { Entry } from "./record-news.ts";

/** RFC 5965 7.3 and RFC 6449 5: of these feedback reports somebody complains; others are of no consequence here. */
const COMPLAINTS: Readonly<Record<string, string>> = {
  abuse: "the recipient called it spam",
  fraud: "the recipient called it fraud",
  virus: "it was found to hold a virus",
  other: "the recipient complained",
  "opt-out": "the recipient wants no more of it",
  "opt-out-list": "the recipient wants no more of it",
};

const EVENT_OF = {
  failed: "bounce",
  delayed: "delayed",
  delivered: "delivered",
  relayed: "relayed",
  expanded: "expanded",
};

/** Of one recipient; `suppressUntil` is until when a hard bounce keeps mail from it. */
export function deliveryEntry(
  message: Candidate,
  recipient: StoredRecipient,
  told: RecipientNotice,
  { suppressUntil }: { suppressUntil: number | null },
): Entry {
  const { action, status, smtpCode, reason, retryUntil } = told;
  const [kind, address] = recipient;
  const outcome = action === "failed" ? "error" : action === "delayed" ? "pending" : "sent";
  const common = {
    ...(smtpCode === undefined ? {} : { smtp_code: smtpCode }),
    ...(status === undefined ? {} : { enhanced_code: status }),
    recipients: [[kind, address, outcome, smtpCode ?? null, status ?? null, reason]],
  };
  if (action === "delayed") {
    const until = retryUntil === undefined ? {} : { deferred_ts: Math.floor(retryUntil / 1000) };
    const data = { ...until, deferred_reason: reason, ...common };
    return entry(message, "delayed", address, data); // of one recipient once, as all news: who has the mail could tell it for ever
  }
  if (action !== "failed") return entry(message, EVENT_OF[action], address, common);
  const isHard = isPermanent(told);
  const code = status ?? (smtpCode === undefined ? null : String(smtpCode));
  const data = { bounce_type: isHard ? "hard" : "soft", bounce_code: code, bounce_reason: reason, ...common };
  const suppress = { address, source: "bounce", reason, expiresAt: suppressUntil } as const;
  return { ...entry(message, "bounce", address, data), suppress: isHard ? suppress : undefined };
}

/** RFC 3463 2, RFC 5321 4.2.1: the first digit says it. Who has given up and says nothing of why does not try again. */
function isPermanent({ status, smtpCode }: RecipientNotice): boolean {
  return (status ?? String(smtpCode ?? 5)).startsWith("5");
}

/** Undefined where nobody complains. */
export function complaintEntry(
  message: Candidate,
  recipient: StoredRecipient,
  feedbackType: string,
  { suppressUntil }: { suppressUntil: number | null },
): Entry | undefined {
  const type = feedbackType.toLowerCase();
  const words = Object.hasOwn(COMPLAINTS, type) ? COMPLAINTS[type] : undefined;
  if (words === undefined) return undefined;
  const [, address] = recipient;
  const data = { complaint_type: type, complaint_reason: words, recipients: [recipient] };
  const suppress = { address, source: "complaint", reason: type, expiresAt: suppressUntil } as const;
  return { ...entry(message, "complaint", address, data), suppress };
}

/** `recipient` undefined: the receipt is about the message as a whole. */
export function pecEntry(
  message: Candidate,
  recipient: StoredRecipient | undefined,
  event: PecEvent,
  details: string,
): Entry {
  const data = { pec_details: details, ...(recipient === undefined ? {} : { recipients: [recipient] }) };
  return entry(message, event, recipient?.[1], data);
}

/** `recipients`: one person, under however many spellings the message knows that one. */
export function unsubscribedEntry(
  message: Candidate,
  recipients: readonly [StoredRecipient, ...StoredRecipient[]],
): Entry {
  return entry(message, "unsubscribed", recipients[0][1], { recipients });
}

function entry(message: Candidate, type: string, address: string | undefined, data: object): Entry {
  const { seq, pk, tenantId, labels } = message;
  const whom = address === undefined ? "" : (comparableOrNothing(address) ?? address);
  return { message: seq, pk, tenantId, type, origin: `${type} ${whom}`, data: { ...data, ...labels } };
}
