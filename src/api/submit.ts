/** Takes a ready-made mail into the queue, by the same admission as the messages that come as JSON. */
import { encodeBase64 } from "hono/utils/encode";
import { v7 as uuid } from "uuid";
import { AppError } from "../errors.ts";
import { isUnsubscribeField } from "../mime/headers.ts";
import type { RawMail } from "../mime/raw.ts";
import { readHeader } from "../mime/raw-header.ts";
import { DIRECTORY_CHANGED, sameRows } from "../queue/admitted.ts";
import type { NewMessage } from "../queue/message.ts";
import type { Contents } from "../tenancy/directory.ts";
import { admit, isRejection } from "./admission.ts";
import type { Service } from "./service.ts";

/** Tenants or accounts that change each time a mail is to be stored: somebody is doing something odd. */
const MOST_TRIES = 5;

export interface Submission {
  mail: RawMail;
  tenantId: string;
  /** The sender's own, unique in the tenant: the same again is not sent twice. */
  id: string;
  /** Left out: as for messages of the API. What stands here is checked by the API's own schemas. */
  accountId?: string | undefined;
  priority?: unknown;
  deferredTs?: unknown;
  batchCode?: string | undefined;
  /** Give it a link to unsubscribe. */
  listUnsubscribe?: boolean | undefined;
  /** SHA-256 of the tenant's key, where one let the sender in: it still has to open the tenant when the mail is stored. */
  keyHash?: string | undefined;
}

/** What was stored, once it is durable; or in words why nothing was. Throws AppError where the mail is too large. */
export type Submitted = { message: NewMessage } | { rejected: string };

export async function submit(
  { config, directory, intake, now }: Pick<Service, "config" | "directory" | "intake" | "now">,
  { mail, keyHash, ...wishes }: Submission,
): Promise<Submitted> {
  const { raw } = mail;
  if (raw.length > config.maxBodyBytes)
    throw new AppError("payload_too_large", `a mail has at most ${config.maxBodyBytes} bytes, this one ${raw.length}`);
  if (wishes.listUnsubscribe && readHeader(raw).some(({ name }) => isUnsubscribeField(name)))
    return { rejected: "list_unsubscribe: the mail has a header of that name" };
  const pks = [uuid()];
  for (let tries = 1; tries <= MOST_TRIES; tries++) {
    const contents = await directory.recent(now());
    const { tenantId } = wishes;
    const defaults = {
      tenantId,
      batchPriority: undefined,
      instancePriority: contents.defaultPriority ?? config.defaultPriority,
      expiryMs: config.expirySeconds * 1000,
      now: now(),
      pks,
      filesFault: undefined,
      publicUrl: config.publicUrl,
    };
    const [entry] = admit([asMessage(mail, wishes)], defaults, contents.known);
    if (entry === undefined || isRejection(entry)) return { rejected: entry?.reason ?? "nothing was given" };
    const message = withRaw(entry, mail);
    const key = keyHash === undefined ? undefined : { tenantId, hash: keyHash };
    const guard = sameRows(accountOf(message, contents), key, now());
    const refusals = await intake.add([message], raw.length, guard);
    if (refusals !== DIRECTORY_CHANGED) return refusals[0] === undefined ? { message } : { rejected: refusals[0] };
    directory.outdated(contents);
  }
  throw new AppError("overloaded", "tenants and accounts change faster than mails are stored", { retryAfter: 1 });
}

/** The mail's envelope and subject as a message of the API. */
function asMessage({ author, recipients, subject }: RawMail, wishes: Omit<Submission, "mail" | "keyHash">) {
  const named = (kind: string) => recipients.filter((one) => one.kind === kind).map(({ address }) => address);
  return {
    id: wishes.id,
    tenant_id: wishes.tenantId,
    account_id: wishes.accountId,
    from: author,
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
    raw: encodeBase64(raw.slice().buffer),
  };
  return { ...message, content };
}

/** What the message was admitted by, for the database to check. */
function accountOf({ tenantId, accountKey }: NewMessage, { known }: Contents) {
  return [...(known.get(tenantId)?.accounts.values() ?? [])].filter(({ key }) => key === accountKey);
}
