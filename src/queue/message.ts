/** The words of the queue: what a message says, and how it enters, is claimed and is settled. */
import type { RecipientStatus } from "../db/recipients.ts";

/** A file that travels inside the message, as base64 until it is composed. */
export interface InlineAttachment {
  filename: string;
  content: string;
  mime_type?: string | undefined;
  content_id?: string | undefined;
  disposition?: "attachment" | "inline" | undefined;
}

/** A file that is fetched when its message is sent. */
export interface RemoteAttachment {
  filename: string;
  fetch_mode: "http_url" | "filesystem" | "storage" | "endpoint";
  /** A URL, a path, `NAME:path`, or a query string, by the mode. */
  storage_path: string;
  /** 32 hexadecimal digits in lower case: what the content must have, and by which it may be known already. */
  content_md5?: string | undefined;
  /** How to authenticate instead of the tenant's way: JSON in the shape of `client_auth`, sealed. */
  auth?: string | undefined;
  mime_type?: string | undefined;
  content_id?: string | undefined;
  disposition?: "attachment" | "inline" | undefined;
}

export function isInline(attachment: InlineAttachment | RemoteAttachment): attachment is InlineAttachment {
  return "content" in attachment;
}

/** Delivery status notification wishes (RFC 3461). */
export interface DsnWishes {
  notify?: ("never" | "failure" | "delay" | "success")[] | undefined;
  ret?: "headers" | "full" | undefined;
  envid?: string | undefined;
}

/** What a message says, in the field names of the API; stored as JSON in `payloads.content`. */
export interface Content {
  from: string;
  to: string[];
  cc?: string[] | undefined;
  bcc?: string[] | undefined;
  reply_to?: string[] | undefined;
  return_path?: string | undefined;
  subject: string;
  text?: string | undefined;
  html?: string | undefined;
  message_id?: string | undefined;
  headers?: Record<string, string> | undefined;
  /** Begins the link by which the recipient unsubscribes with one click (bounces/unsubscribe-link.ts): the proxy's URL. */
  list_unsubscribe?: string | undefined;
  /** Unix seconds for the Date header; the moment of acceptance otherwise. */
  date?: number | undefined;
  /** Unix seconds: the moment after its acceptance before which its application did not want it to go. */
  deferred_ts?: number | undefined;
  dsn?: DsnWishes | undefined;
  attachments?: (InlineAttachment | RemoteAttachment)[] | undefined;
  /** The whole mail as it goes out, in base64, instead of everything above that would make one. */
  raw?: string | undefined;
  tags?: Record<string, string> | undefined;
  metadata?: Record<string, string> | undefined;
}

export type RecipientKind = "to" | "cc" | "bcc";

/** A message on its way into the queue; every moment in Unix milliseconds. */
export interface NewMessage {
  /** UUID version 7: unique everywhere, and new rows stand side by side in its index. */
  pk: string;
  tenantId: string;
  id: string;
  accountKey: number;
  /** 0 immediate to 3 low. */
  priority: number;
  batchCode: string | null;
  /** Not before; in the past or now: at once. */
  dueAt: number;
  expiresAt: number;
  content: Content;
  /** The envelope, without repetitions. */
  recipients: { kind: RecipientKind; address: string }[];
  /** Of the call, or the mail by SMTP, that brings it: by it the log tells its way. */
  requestId?: string | undefined;
}

/** Why the queue did not take a message, in the words that clients see. */
export type Refusal = "already sent" | "being sent";

export interface Recipient {
  kind: RecipientKind;
  address: string;
  /** `pending` ones still have to be delivered to. */
  status: RecipientStatus;
  /** The last server's words about it. */
  code: number | null;
  enhancedCode: string | null;
  text: string | null;
}

/** A message under lease: everything that a delivery needs. */
export interface Claimed {
  seq: number;
  /** Fencing token: without it nobody can settle. */
  token: number;
  /** Unix milliseconds; moves on with every renewal. Nothing may be begun after it. */
  leaseUntil: number;
  pk: string;
  tenantId: string;
  id: string;
  /** Of the call that brought it; null of one that an older version took. */
  requestId: string | null;
  accountKey: number;
  priority: number;
  /** Attempts that ended before this one. */
  attempts: number;
  createdAt: number;
  /** The moment at which it was to go, as last said by anybody but its content (rollups.ts `waitingSince`). */
  dueAt: number | null;
  expiresAt: number;
  /** Of the content's JSON, in characters: about what the message takes in memory. */
  size: number;
  content: Content;
  /** All of the envelope, also those that an earlier attempt has settled. */
  recipients: Recipient[];
}

/** Whether some recipient is still to be delivered to. */
export function isOpen({ recipients }: Pick<Claimed, "recipients">): boolean {
  return recipients.some(({ status }) => status === "pending");
}

/** What remains of a claim once its message is sent: enough to renew it until that is written down. */
export type Lease = Pick<Claimed, "seq" | "token" | "leaseUntil">;

/** An event's type, and its data in the field names of the report; the recipients are the settlement's. */
export interface NewEvent {
  type: "sent" | "error" | "deferred";
  data: Record<string, unknown>;
}

/** What becomes of a claimed message. `ready` gives the lease back as if nothing had happened. */
export interface Settlement {
  seq: number;
  token: number;
  tenantId: string;
  accountKey: number;
  state: "sent" | "error" | "scheduled" | "ready";
  /** The next attempt, for `scheduled`; Unix milliseconds. */
  dueAt: number | null;
  attempts: number;
  error: string | null;
  outcomeUnknown: boolean;
  /** Whether the attempt counts against the account's limits: something was handed to a server. */
  counts: boolean;
  /** All recipients as the attempt leaves them; of one that is given back they stay as they are. */
  recipients: Recipient[];
  event: NewEvent | null;
  /** When the receipt of certified mail (PEC) that a server has taken is late, Unix milliseconds; of other mail there is none. */
  receiptDueAt?: number | undefined;
  /** How long one that a server has taken now had waited for that. */
  waitMs?: number | undefined;
}
