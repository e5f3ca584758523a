/** What is posted of an event: pure, from the stored row to the body that Resend's receivers know, with what else we know of it. */
import { AddressError, asciiAddress } from "../../addresses/addr-spec.ts";
import { eventData } from "../../db/recipients.ts";
import { type WebhookEvent, webhookEvent } from "./event-types.ts";

/** An event joined with its message and account. */
export interface FedEvent extends FedMessage {
  id: number;
  type: string;
  /** Unix milliseconds. */
  at: number;
  /** JSON of the event's own fields, in the names of the reports. */
  data: string;
  tenant_id: string;
}

export interface FedMessage {
  pk: string;
  message_id: string;
  accepted_at: number;
  account_id: string | null;
  subject: string | null;
  /** JSON of from, to, message_id, tags and metadata as the message says them; null where it was refused when it came in. */
  content: string | null;
}

type Content = [
  from: string | null,
  to: string[] | null,
  messageId: string | null,
  tags: Record<string, string> | null,
  metadata: Record<string, string> | null,
];

/** `payload` is the body, byte for byte. Undefined where webhooks hear nothing of such an event. */
export function webhookBody(event: FedEvent): { type: WebhookEvent; payload: string } | undefined {
  const data = eventData(event.data);
  const type = webhookEvent(event.type, data);
  if (type === undefined) return undefined;
  const [from, to, messageId, tags, metadata] = JSON.parse(event.content ?? "[]") as Partial<Content>;
  const body = {
    type,
    created_at: moment(event.at),
    data: {
      email_id: event.pk,
      message_id: messageId ?? generatedMessageId(event.pk, from ?? ""),
      created_at: moment(event.accepted_at),
      from: from ?? null,
      to: to ?? [],
      subject: event.subject,
      tags: tags ?? {},
      ...details(type, data),
      tenant_id: event.tenant_id,
      id: event.message_id,
      account_id: event.account_id,
      event_id: String(event.id),
      recipients: data.recipients ?? [],
      smtp_code: data.smtp_code ?? null,
      enhanced_code: data.enhanced_code ?? null,
      attempt: data.attempt ?? null,
      metadata: metadata ?? {},
    },
  };
  return { type, payload: JSON.stringify(body) };
}

/** What belongs to the one kind. */
function details(type: WebhookEvent, data: Record<string, unknown>): Record<string, unknown> {
  switch (type) {
    case "email.sent":
    case "email.delivered":
      return {};
    case "email.delivery_delayed": {
      const until = typeof data.deferred_ts === "number" ? moment(data.deferred_ts * 1000) : null;
      return { delivery_delayed: { reason: data.deferred_reason ?? null, until } };
    }
    case "email.failed":
      return { failed: { reason: data.error ?? null } };
    case "email.suppressed":
      return {
        suppressed: { message: "every recipient is on the suppression list", type: "OnAccountSuppressionList" },
      };
    case "email.bounced":
      return { bounce: bounce(data) };
    case "email.complained":
      return { complaint: { message: data.complaint_reason ?? null, type: data.complaint_type ?? null } };
  }
}

function bounce({ bounce_type, bounce_code, bounce_reason }: Record<string, unknown>): Record<string, unknown> {
  const type = bounce_type === "soft" ? "Transient" : "Permanent";
  return { message: bounce_reason ?? null, type, subType: subType(String(bounce_code ?? "")) };
}

/** RFC 3463 3.2 to 3.8, in the words that receivers know. */
function subType(enhancedCode: string): string {
  if (/^\d\.1\.[1-46]$/.test(enhancedCode)) return "NoEmail";
  if (/^\d\.2\.2$/.test(enhancedCode)) return "MailboxFull";
  if (/^\d\.[23]\.[34]$/.test(enhancedCode)) return "MessageTooLarge";
  if (/^\d\.[67]\./.test(enhancedCode)) return "ContentRejected";
  return "General";
}

/** As the message bears it (mime/message-id.ts), where its application has chosen none. */
function generatedMessageId(pk: string, from: string): string | null {
  const address = /<([^<>]*)>\s*$/.exec(from)?.[1] ?? from.trim();
  try {
    return `<${pk}@${asciiAddress(address).split("@").at(-1)}>`;
  } catch (error) {
    if (error instanceof AddressError) return null; // nor has it gone anywhere
    throw error;
  }
}

function moment(at: number): string {
  return new Date(at).toISOString();
}
