/** Receipts of Italian certified mail (RFC 6109), told by `X-Ricevuta`; a certified mail itself has `X-Trasporto`. */
import type { DeliveryNotice, PecEvent, PecNotice } from "../notice.ts";
import { addressesIn, bareAddress } from "./address.ts";
import { type Daticert, readDaticert } from "./daticert.ts";
import { LONGEST_WORDS } from "./limits.ts";
import type { Mail } from "./mail.ts";
import { originalOf } from "./original.ts";
import { oneLine } from "./reason.ts";

const EVENTS: ReadonlyMap<string, PecEvent> = new Map([
  ["accettazione", "pec_acceptance"],
  ["non-accettazione", "pec_error"],
  ["presa-in-carico", "pec_relay"],
  ["avvenuta-consegna", "pec_delivery"],
  ["mancata-consegna", "pec_error"],
  ["errore-consegna", "pec_error"],
  ["rilevazione-virus", "pec_error"],
]);
/** Twelve hours without a word of the recipient's provider; after twelve more the error comes (RFC 6109 3.1.6). */
const WARNING = "preavviso-errore-consegna";
/** Receipts of the sender's own provider are about the message, whoever it is for. */
const OF_ALL = ["accettazione", "non-accettazione"];
const ADDRESSED = /(?:indirizzato a|destinato all['’]utente|destinatario)\s{0,9}:?\s{0,9}(["“]?[^\s"”]{1,320})/gi;

export function readPec(mail: Mail): PecNotice | DeliveryNotice | undefined {
  const kind = mail.header.first("x-ricevuta")?.trim().toLowerCase() ?? "";
  const event = EVENTS.get(kind);
  if (event === undefined && kind !== WARNING) return undefined;
  const data = readDaticert(mail);
  const recipients = OF_ALL.includes(kind) ? [] : recipientsOf(kind, mail, data);
  const referred = [mail.header.first("x-riferimento-message-id"), data?.messageId].filter((id) => id !== undefined);
  const original = originalOf(mail, referred);
  const details = detailsOf(kind, mail, data);
  if (event === undefined) return warningOf(original, recipients, details);
  return { kind: "pec", original, event, recipients, details };
}

/**
 * A warning is no error yet: the provider goes on trying, and what comes of it is told by a receipt. That is what a
 * delayed delivery status says of ordinary mail (RFC 3464 2.3.3), so it is read as one.
 */
function warningOf(original: DeliveryNotice["original"], recipients: string[], reason: string): DeliveryNotice {
  const warned = recipients.length > 0 ? recipients : [undefined];
  return {
    kind: "delivery",
    original,
    recipients: warned.map((finalRecipient) => ({ finalRecipient, action: "delayed", reason })),
  };
}

/** As daticert.xml tells; without it as the text does, which names the recipient behind `indirizzato a`. */
function recipientsOf(kind: string, mail: Mail, data: Daticert | undefined): string[] {
  const named = kind === "presa-in-carico" ? data?.takenOn : data?.delivered;
  if (named !== undefined && named.length > 0) return addresses(named);
  if (data?.recipients.length === 1) return addresses(data.recipients);
  const words = oneLine(mail.text, LONGEST_WORDS);
  return addresses([...words.matchAll(ADDRESSED)].flatMap(([, quoted = ""]) => addressesIn(quoted)));
}

function addresses(values: string[]): string[] {
  return [...new Set(values.map((value) => bareAddress(value)).filter((address) => address !== undefined))];
}

/** Such as `avvenuta-consegna (completa), Provider S.p.A.: error`. */
function detailsOf(kind: string, mail: Mail, data: Daticert | undefined): string {
  const extent = mail.header.first("x-tiporicevuta");
  const provider = data?.provider === undefined ? "" : `, ${data.provider}`;
  const error = data?.error === undefined ? "" : `: ${data.error}`;
  return oneLine(`${kind}${extent === undefined ? "" : ` (${extent})`}${provider}${error}`);
}
