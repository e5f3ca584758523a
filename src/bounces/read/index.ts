/**
 * Reads a mail that came in for what it says of mails that went out. It never throws, and what it costs grows no faster
 * than the mail, of which it reads at most MOST_READ_BYTES:
 * 1. open it (mail.ts): header, text for people, parts
 * 2. ask the readers, those first that know their kind by a field or a part of its own: certified mail (pec.ts), feedback
 *    (feedback.ts), delivery status (dsn.ts), bounces in words (text/); then tell the automatic from the rest (evidence.ts)
 * 3. add where it went and which mail it is (identity.ts)
 */
import type { Notice, OtherMail } from "../notice.ts";
import { readDeliveryStatus } from "./dsn.ts";
import { automaticReply } from "./evidence.ts";
import { originalSender, readFeedback } from "./feedback.ts";
import { addressedTo, identityOf } from "./identity.ts";
import { type Mail, openMail } from "./mail.ts";
import { isReturned } from "./original.ts";
import { readPec } from "./pec.ts";
import { readTextBounce } from "./text/index.ts";

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
const DISPOSITION_TYPE = "message/disposition-notification";

/** What a mail says, without what every mail has. */
type Said = DistributiveOmit<Notice, "addressedTo" | "identity">;

export async function readNotice(raw: Uint8Array): Promise<Notice> {
  const mail = await openMail(raw);
  const said = await sayingOf(mail);
  const sender = said.kind === "feedback" ? originalSender(mail) : undefined;
  const addressed = addressedTo(mail);
  return {
    ...said,
    addressedTo: sender === undefined || addressed.includes(sender) ? addressed : [...addressed, sender],
    identity: identityOf(mail, raw),
  };
}

async function sayingOf(mail: Mail): Promise<Said> {
  const transport = mail.header.first("x-trasporto")?.trim().toLowerCase();
  if (transport === undefined) return readKnown(mail) ?? readRest(mail);
  // RFC 6109 3.2.2: what is no certified mail, such as a bounce of an ordinary server, comes wrapped in an anomaly envelope.
  const wrapped = transport === "errore" ? mail.parts.find(isReturned) : undefined;
  const said = wrapped === undefined ? undefined : readOrdinary(await openMail(wrapped.content));
  return said ?? { kind: "other", reason: "certified mail, not a receipt" };
}

function readKnown(mail: Mail): Said | undefined {
  return readPec(mail) ?? readOrdinary(mail);
}

/** Not for certified mail: anybody may write `X-Ricevuta` into what its providers wrap. */
function readOrdinary(mail: Mail): Said | undefined {
  return readFeedback(mail) ?? readReceipt(mail) ?? readDeliveryStatus(mail) ?? readTextBounce(mail);
}

/** RFC 8098: that a mail was shown to somebody says nothing of its delivery, though it names recipients as a bounce does. */
function readReceipt({ reportType, parts }: Mail): OtherMail | undefined {
  const isReceipt = reportType === "disposition-notification" || parts.some(({ type }) => type === DISPOSITION_TYPE);
  return isReceipt ? { kind: "other", reason: "a read receipt" } : undefined;
}

function readRest(mail: Mail): OtherMail {
  const automatic = automaticReply(mail);
  if (automatic !== undefined) return { kind: "auto_reply", reason: automatic };
  return { kind: "other", reason: "neither a report nor an automatic reply" };
}
