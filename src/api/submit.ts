/** Takes a ready-made mail into the queue, by the same admission as the messages that come as JSON. */
import { v7 as uuid } from "uuid";
import { AppError } from "../errors.ts";
import { base64Text } from "../mime/base64.ts";
import { isUnsubscribeField } from "../mime/headers.ts";
import type { RawMail } from "../mime/raw.ts";
import { readHeader } from "../mime/raw-header.ts";
import type { NewMessage } from "../queue/message.ts";
import { isTaken, unlessTaken } from "../queue/taken.ts";
import type { Contents } from "../tenancy/directory.ts";
import { admit, isRejection } from "./admission.ts";
import { senderFault } from "./allowed-senders.ts";
import { unauthorized } from "./auth.ts";
import type { Service } from "./service.ts";
import { type Entry, instanceDefaults, takeIn } from "./take-in.ts";

export interface Submission {
  mail: RawMail;
  tenantId: string;
  /** The sender's own, unique in the tenant: the same again is not sent twice. */
  id: string;
  /** By which the log knows the mail; a new one where nothing is said. */
  requestId?: string | undefined;
  /** Left out: as for messages of the API. What stands here is checked by the API's own schemas. */
  accountId?: string | undefined;
  priority?: unknown;
  deferredTs?: unknown;
  batchCode?: string | undefined;
  /** Give it a link to unsubscribe. */
  listUnsubscribe?: boolean | undefined;
  /** SHA-256 of the tenant's key, where one let the sender in: it still has to open the tenant when the mail is stored. */
  keyHash?: string | undefined;
  /** Bytes that it may have; left out: as many as a request's body. */
  maxBytes?: number | undefined;
  /** The id is the mail's own: a message that has it is this very mail, and stays as it is. */
  once?: boolean | undefined;
}

/** The mail has come before, and is taken. */
export class CameBefore extends Error {
  override readonly name = "CameBefore";
}

/** What is said of the message beside the mail itself. */
type Wishes = Omit<Submission, "mail" | "keyHash" | "maxBytes" | "once" | "requestId"> & { requestId: string };

/** What was stored, once it is durable; or in words why nothing was. Throws AppError where the mail is too large, or the key opens nothing any more; CameBefore. */
export type Submitted = { message: NewMessage } | { rejected: string };

export async function submit(
  service: Pick<Service, "config" | "db" | "directory" | "intake" | "now">,
  { mail, keyHash, maxBytes = service.config.maxBodyBytes, once, requestId = uuid(), ...wishes }: Submission,
): Promise<Submitted> {
  const { db, directory, now } = service;
  const { raw } = mail;
  if (raw.length > maxBytes)
    throw new AppError("payload_too_large", `a mail has at most ${maxBytes} bytes, this one ${raw.length}`);
  if (wishes.listUnsubscribe && readHeader(raw).some(({ name }) => isUnsubscribeField(name)))
    return { rejected: "list_unsubscribe: the mail has a header of that name" };
  const { tenantId } = wishes;
  const key = keyHash === undefined ? undefined : { tenantId, hash: keyHash };
  const newcomer = { tenantId, id: wishes.id, pk: uuid() };
  const {
    entries: [entry],
    refusals: [refusal],
  } = await takeIn(service, {
    requestId,
    admit: (contents) => [admitted(service, mail, { ...wishes, requestId }, newcomer.pk, contents)],
    bytes: raw.length,
    key,
    guarded: (guard) => (once ? unlessTaken(guard, newcomer) : guard),
    async again() {
      if (once && (await isTaken(db, newcomer))) throw new CameBefore();
      if (key !== undefined && !directory.opens(await directory.recent(now()), key, now())) throw unauthorized();
    },
  });
  if (entry === undefined || isRejection(entry)) return { rejected: entry?.reason ?? "nothing was given" };
  return refusal === undefined ? { message: entry } : { rejected: refusal };
}

function admitted(
  service: Pick<Service, "config" | "now">,
  mail: RawMail,
  wishes: Wishes,
  pk: string,
  contents: Contents,
): Entry {
  const defaults = {
    ...instanceDefaults(service, contents),
    tenantId: wishes.tenantId,
    requestId: wishes.requestId,
    batchPriority: undefined,
    pks: [pk],
    filesFault: undefined,
  };
  const given = asMessage(mail, wishes);
  const [entry] = admit([given], defaults, contents.known);
  if (entry === undefined || isRejection(entry)) return entry ?? { id: wishes.id, reason: "nothing was given", given };
  const notAllowed = forbiddenAuthor(mail, entry, contents);
  return notAllowed === undefined ? withRaw(entry, mail) : { id: wishes.id, reason: notAllowed, given };
}

/** Of several authors admission has seen the first. */
function forbiddenAuthor(
  { authors: [, ...others] }: RawMail,
  { tenantId, accountKey }: NewMessage,
  { known }: Contents,
): string | undefined {
  const accounts = [...(known.get(tenantId)?.accounts.values() ?? [])].filter(({ key }) => key === accountKey);
  const faults = accounts.flatMap((account) => others.map((author) => senderFault(account, "from", author)));
  return faults.find((fault) => fault !== undefined);
}

/** The mail's envelope and subject as a message of the API. */
function asMessage({ authors: [author], from, recipients, subject }: RawMail, wishes: Wishes) {
  const named = (kind: string) => recipients.filter((one) => one.kind === kind).map(({ address }) => address);
  return {
    id: wishes.id,
    tenant_id: wishes.tenantId,
    account_id: wishes.accountId,
    from: author,
    return_path: from || undefined,
    to: named("to"),
    cc: named("cc"),
    bcc: named("bcc"),
    subject,
    priority: wishes.priority,
    deferred_ts: wishes.deferredTs,
    batch_code: wishes.batchCode,
    list_unsubscribe: wishes.listUnsubscribe,
  };
}

function withRaw(message: NewMessage, { from, messageId, raw }: RawMail): NewMessage {
  const content = {
    ...message.content,
    return_path: from,
    message_id: messageId,
    raw: base64Text(raw),
  };
  return { ...message, content };
}
