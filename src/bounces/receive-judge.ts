/** What is to be written down of a notice, and what is not and why: pure, from what it claims and what is there. */
import type { StoredRecipient } from "../db/recipients.ts";
import type { Candidate } from "./match.ts";
import { meant } from "./match-message.ts";
import { recipientFinder, type Unheard, wasSent } from "./match-recipient.ts";
import type { Notice } from "./notice.ts";
import type { Evidence } from "./receive-evidence.ts";
import { complaintEntry, deliveryEntry, pecEntry } from "./record-entry.ts";
import type { Entry } from "./record-news.ts";

export interface Believed {
  entry: Entry;
  message: Candidate;
  /** As the message spells it; null: of the message as a whole. */
  recipient: string | null;
}

export interface Ignored {
  recipient: string | null;
  /** For the log. */
  why: string;
}

export interface Judgement {
  believed: Believed[];
  ignored: Ignored[];
}

interface Circumstances extends Evidence {
  /** Only this tenant's messages are meant. */
  tenantId: string | undefined;
  /** Until when hard bounces and complaints keep mail from their recipients; null: for good. */
  suppressUntil: number | null;
}

/** One piece of news of a notice: the names of its recipient, and what is written down once it is known which one that is. */
interface Claim {
  names: readonly (string | undefined)[];
  entry(message: Candidate, recipient: StoredRecipient): Entry | undefined;
}

export function judge(notice: Notice, { found, marked, tenantId, suppressUntil }: Circumstances): Judgement {
  if (!("original" in notice)) return nothing(notice.reason);
  const whose = meant(notice.original, marked, found, { tenantId, isOwnReceipt: isOwnReceipt(notice, tenantId) });
  if ("disbelief" in whose) return nothing(whose.disbelief);
  const { message, isSure } = whose;
  if (notice.kind === "pec" && notice.recipients.length === 0) {
    if (!wasSent(message)) return nothing("was not sent");
    const entry = pecEntry(message, undefined, notice.event, notice.details);
    return { believed: [{ entry, message, recipient: null }], ignored: [] };
  }
  const claims = claimsOf(notice, suppressUntil);
  if (claims.length === 0) return nothing("names no recipient");
  const recipientOf = recipientFinder(message, isSure);
  const judged = claims.map((claim) => judgeClaim(claim, message, recipientOf(claim.names)));
  return {
    believed: judged.flatMap((one) => ("entry" in one ? [one] : [])),
    ignored: judged.flatMap((one) => ("why" in one ? [one] : [])),
  };
}

function isOwnReceipt({ kind }: Notice, tenantId: string | undefined): boolean {
  return kind === "pec" && tenantId !== undefined;
}

function judgeClaim({ names, entry }: Claim, message: Candidate, found: StoredRecipient | Unheard): Believed | Ignored {
  const recipient = names.find((name) => name !== undefined) ?? null;
  if (typeof found === "string") return { recipient, why: found };
  const written = entry(message, found);
  return written === undefined
    ? { recipient, why: "not a complaint" }
    : { entry: written, message, recipient: found[1] };
}

function claimsOf(notice: Extract<Notice, { original: object }>, suppressUntil: number | null): Claim[] {
  switch (notice.kind) {
    case "delivery":
      return notice.recipients.map((told) => ({
        names: [told.originalRecipient, told.finalRecipient],
        entry: (message, recipient) => deliveryEntry(message, recipient, told, { suppressUntil }),
      }));
    case "feedback": // RFC 5965 3.2: who complained need not be told
      return (notice.recipients.length === 0 ? [undefined] : notice.recipients).map((name) => ({
        names: [name],
        entry: (message, recipient) => complaintEntry(message, recipient, notice.feedbackType, { suppressUntil }),
      }));
    case "pec":
      return notice.recipients.map((name) => ({
        names: [name],
        entry: (message, recipient) => pecEntry(message, recipient, notice.event, notice.details),
      }));
  }
}

function nothing(why: string): Judgement {
  return { believed: [], ignored: [{ recipient: null, why }] };
}
