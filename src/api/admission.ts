/**
 * From what an application sent to what the queue takes, message by message.
 *
 * 1. Each message is held against its schema: once, and alone.
 * 2. Its tenant and its account are found among those that are known.
 * 3. What is left out is filled in: sender, priority, moments; the envelope is drawn up.
 *
 * What cannot be taken is a rejection with its reason, never an exception.
 */
import * as v from "valibot";
import { fits, unsubscribeBase } from "../bounces/unsubscribe-link.ts";
import { parseMailbox } from "../mime/address.ts";
import type { Content, NewMessage, RecipientKind } from "../queue/message.ts";
import { type Known, type KnownAccount, resolveAccount } from "../tenancy/resolve.ts";
import { senderFault } from "./allowed-senders.ts";
import { FileAttachment } from "./schemas/attachment.ts";
import { Message } from "./schemas/message.ts";
import { id as idSchema } from "./schemas/values.ts";
import { faultsOf } from "./validation.ts";

/** RFC 5321 4.5.3.1.8 asks servers to take 100; ten such transactions are one message's share. */
const MOST_RECIPIENTS = 1_000;

/** What the message leaves open. */
export interface Defaults {
  /** The tenant of the key that sends; undefined for the admin. */
  tenantId: string | undefined;
  /** The batch's priority, then the instance's; the account's stands between them. */
  batchPriority: number | undefined;
  instancePriority: number;
  /** How long after it was due a message is given up. */
  expiryMs: number;
  now: number;
  /** One for each message of the batch, the same at every try: what an earlier try has stored is known by it. */
  pks: readonly string[];
  /** Of the call, or the mail by SMTP, that brings them. */
  requestId: string;
  /** Why attachments cannot lie in files; undefined where they may. */
  filesFault: string | undefined;
  /** Where this process says that the proxy is reached: what links to unsubscribe begin with. */
  publicUrl: string | undefined;
}

/** A message that was not taken, in the words of the answer; `given` is what came in. */
export interface Rejection {
  id: string | null;
  reason: string;
  given: unknown;
}

/** One entry a message, in their order. */
export function admit(given: readonly unknown[], defaults: Defaults, known: Known): (NewMessage | Rejection)[] {
  return given.map((one, position) => {
    const message = v.safeParse(Message, one);
    const reject = (reason: string) => ({ id: usableId(one), reason, given: one });
    const file = defaults.filesFault === undefined ? -1 : fileAmong(one);
    if (file >= 0) return reject(`attachments[${file}]: ${defaults.filesFault}: send its content as base64`);
    if (!message.success) return reject(faultsOf(message.issues));
    const taken = admitOne(message.output, defaults.pks[position]!, defaults, known);
    return typeof taken === "string" ? reject(taken) : taken;
  });
}

/** A message that fits its schema; or why it cannot be taken. */
export function admitOne(
  message: Message,
  pk: string,
  defaults: Omit<Defaults, "pks">,
  known: Known,
): NewMessage | string {
  if (isForeign(message, defaults)) return "tenant_id: this key opens only its own tenant";
  const resolution = resolveAccount(known, wish(message, defaults));
  return "rejected" in resolution ? resolution.rejected : newMessage(message, resolution.account, defaults, pk);
}

export function isRejection(entry: NewMessage | Rejection): entry is Rejection {
  return "reason" in entry;
}

export function isTaken(entry: NewMessage | Rejection): entry is NewMessage {
  return !isRejection(entry);
}

const WithAttachments = v.looseObject({ attachments: v.array(v.unknown()) });

/** The place of the first attachment that lies in a file; -1 where none does. */
function fileAmong(given: unknown): number {
  return v.is(WithAttachments, given) ? given.attachments.findIndex((one) => v.is(FileAttachment, one)) : -1;
}

function wish(message: Message, { tenantId }: Pick<Defaults, "tenantId">) {
  return { tenantId: tenantId ?? message.tenant_id ?? undefined, accountId: message.account_id ?? undefined };
}

function isForeign({ tenant_id }: Message, { tenantId }: Pick<Defaults, "tenantId">): boolean {
  return tenantId !== undefined && (tenant_id ?? tenantId) !== tenantId;
}

/** The id by which the application can be told, if what came in has one. */
function usableId(given: unknown): string | null {
  if (typeof given !== "object" || given === null || !("id" in given)) return null;
  return v.is(idSchema, given.id) ? given.id : null;
}

function newMessage(
  message: Message,
  account: KnownAccount,
  defaults: Omit<Defaults, "pks">,
  pk: string,
): NewMessage | string {
  const from = message.from?.text ?? account.fromAddress;
  if (!from) return `from: is required, as account ${account.id} has no from_address`;
  const notAllowed = forbiddenSender(message, from, account);
  if (notAllowed !== undefined) return notAllowed;
  const recipients = envelope(message);
  if (recipients.length === 0) return "to: is required, or cc or bcc";
  if (recipients.length > MOST_RECIPIENTS) return `to, cc and bcc: hold more than ${MOST_RECIPIENTS} recipients`;
  const link = message.list_unsubscribe ? unsubscribable(account.tenantId, recipients, defaults) : { base: undefined };
  if ("fault" in link) return `list_unsubscribe: ${link.fault}`;
  const dueAt = message.deferred_ts ?? defaults.now;
  const expiresAt = message.expires_ts ?? Math.max(dueAt, defaults.now) + defaults.expiryMs;
  if (expiresAt <= Math.max(dueAt, defaults.now)) return "expires_ts: must be in the future, and after deferred_ts";
  return {
    pk,
    tenantId: account.tenantId,
    id: message.id,
    accountKey: account.key,
    priority: message.priority ?? defaults.batchPriority ?? account.priority ?? defaults.instancePriority,
    batchCode: message.batch_code ?? null,
    dueAt,
    expiresAt,
    content: content(message, from, { unsubscribeBase: link.base, wish: dueAt > defaults.now ? dueAt : undefined }),
    recipients,
    requestId: defaults.requestId,
  };
}

/** Both in whose name the mail goes, as its reader sees it, and to whom its server sends what comes back. */
function forbiddenSender({ from, return_path }: Message, text: string, account: KnownAccount): string | undefined {
  if (account.allowedSenders === null && account.tenantSenders === null) return undefined;
  const author = from?.address ?? parseMailbox(text).address;
  return senderFault(account, "from", author) ?? senderFault(account, "return_path", return_path ?? "");
}

/** What the link to unsubscribe begins with, or why there can be none. It is one person's own: of several, each could sign off all. */
function unsubscribable(
  tenantId: string,
  recipients: NewMessage["recipients"],
  { publicUrl }: Pick<Defaults, "publicUrl">,
): { base: string } | { fault: string } {
  const [recipient, ...others] = recipients;
  if (recipient === undefined || others.length > 0) return { fault: "needs exactly one recipient" };
  const base = unsubscribeBase(publicUrl);
  if (base === undefined)
    return { fault: "needs MAIL_PROXY_PUBLIC_URL, with https, in the process that takes the message" };
  if (!fits(base, { tenantId, address: recipient.address }))
    return { fault: "tenant_id and the recipient's address are too long for a link" };
  return { base };
}

const KINDS = ["to", "cc", "bcc"] as const satisfies RecipientKind[];

/** Everybody once, under the first place that names them. */
function envelope(message: Message): NewMessage["recipients"] {
  const named: NewMessage["recipients"] = [];
  for (const kind of KINDS) {
    for (const { address } of message[kind] ?? []) named.push({ kind, address });
  }
  if (named.length < 2) return named;
  const seen = new Set<string>();
  return named.filter(({ address }) => seen.size < seen.add(comparable(address)).size);
}

/** RFC 5321 2.4: a domain is the same in any case, a local part is not. */
function comparable(address: string): string {
  const domain = address.lastIndexOf("@") + 1;
  return address.slice(0, domain) + address.slice(domain).toLowerCase();
}

/** What is known of a message beside its own fields. */
interface Derived {
  unsubscribeBase: string | undefined;
  /** Not before, where that is later than now (Unix ms). */
  wish: number | undefined;
}

/** Absent and null fields are left out, so that rows stay small. */
function content(message: Message, from: string, { unsubscribeBase, wish }: Derived): Content {
  const { body, content_type } = message;
  const inBody = content_type === "html" ? { html: body ?? undefined } : { text: body ?? undefined };
  return {
    from,
    to: message.to?.map(({ text }) => text) ?? [],
    cc: message.cc?.map(({ text }) => text),
    bcc: message.bcc?.map(({ text }) => text),
    reply_to: message.reply_to?.map(({ text }) => text),
    return_path: message.return_path ?? undefined,
    subject: message.subject ?? "",
    ...(body === undefined || body === null
      ? { text: message.text ?? undefined, html: message.html ?? undefined }
      : inBody),
    message_id: message.message_id ?? undefined,
    headers: message.headers ?? undefined,
    list_unsubscribe: unsubscribeBase,
    date: message.date == null ? undefined : message.date / 1000,
    deferred_ts: wish === undefined ? undefined : wish / 1000,
    dsn: dsn(message.dsn),
    attachments: message.attachments ?? undefined,
    tags: message.tags ?? undefined,
    metadata: message.metadata ?? undefined,
  };
}

function dsn(given: Message["dsn"]): Content["dsn"] {
  if (given === undefined || given === null) return undefined;
  const { notify, ret, envid } = given;
  return { notify: notify ?? undefined, ret: ret ?? undefined, envid: envid ?? undefined };
}
