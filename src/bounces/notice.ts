/**
 * What a mail that came in says of mails that went out: the words between the parsers (`read/`), which know every server's
 * dialect, and the matching (match.ts), which knows the queue. All of it is a stranger's claim until it is matched.
 */

/** What points at the message that a notice speaks of; any of it may be missing. */
export interface Original {
  /** `X-Mail-Proxy-ID` of what was returned of the message. */
  pk?: string | undefined;
  /** `X-Genro-Mail-ID`: the application's own id, which others may guess. */
  id?: string | undefined;
  /** Of the returned message, of `In-Reply-To` and `References`, of `X-Riferimento-Message-ID`; in angle brackets. */
  messageIds: string[];
  /** RFC 3464 2.2.1: what MAIL FROM had as ENVID (RFC 3461 4.4). */
  envelopeId?: string | undefined;
}

export interface RecipientNotice {
  /** RFC 3464 2.3.2 and 2.3.1, without the address type; `finalRecipient` may be another than the message named. */
  finalRecipient?: string | undefined;
  originalRecipient?: string | undefined;
  /** RFC 3464 2.3.3. */
  action: "failed" | "delayed" | "delivered" | "relayed" | "expanded";
  /** RFC 3463, as it stands there or as the server's words tell it. */
  status?: string | undefined;
  /** RFC 5321 4.2, of the diagnostic code. */
  smtpCode?: number | undefined;
  /** In the server's own words, on one line and not long. */
  reason: string;
  /** RFC 3464 2.3.9: until when a delayed one is tried; Unix milliseconds. */
  retryUntil?: number | undefined;
}

/** A delivery status notification (RFC 3464), or what a server sends in its place. */
export interface DeliveryNotice {
  kind: "delivery";
  original: Original;
  recipients: RecipientNotice[];
}

/** A feedback report (RFC 5965). */
export interface FeedbackNotice {
  kind: "feedback";
  original: Original;
  /** RFC 5965 7.3: `abuse`, `fraud`, `not-spam`, `virus`, `other`; also `opt-out` and others. */
  feedbackType: string;
  /** Who complained, as far as the report tells. */
  recipients: string[];
}

export type PecEvent = "pec_acceptance" | "pec_delivery" | "pec_error" | "pec_relay";

/** A receipt of Italian certified mail (PEC). */
export interface PecNotice {
  kind: "pec";
  original: Original;
  event: PecEvent;
  /** Whom the receipt is about; empty where it is about the message as a whole. */
  recipients: string[];
  /** For a person: the kind of receipt, the provider, an error's words. */
  details: string;
}

/** Of no consequence for any message. */
export interface OtherMail {
  kind: "auto_reply" | "other";
  /** For the log. */
  reason: string;
}

export type Notice = (DeliveryNotice | FeedbackNotice | PecNotice | OtherMail) & {
  /** Where the mail went, as its header tells (`X-Original-To`, `Delivered-To`, `To`): a VERP mark may stand in one of them. */
  addressedTo: string[];
  /** Its own Message-ID, or a hash of it where it has none: what the log knows it by. */
  identity: string;
};

/** A mail is read up to here. What a bounce has to say comes before what it returns. */
export const MOST_READ_BYTES = 1024 * 1024;
