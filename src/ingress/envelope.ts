/** What is checked of a mail's envelope, command by command (RFC 5321 4.1.1.2 and 4.1.1.3), and how its header sees who is in it. */
import type { SMTPServerAddress } from "smtp-server";
import { AddressError, checkAddress } from "../addresses/addr-spec.ts";
import { comparable } from "../addresses/comparable.ts";
import { RawMailError } from "../mime/raw.ts";
import { type RawRecipient, recipientsOf } from "../mime/raw-envelope.ts";
import type { RawField } from "../mime/raw-header.ts";
import { Reply } from "./reply.ts";

/** RFC 1870, RFC 6152, RFC 6531; AUTH (RFC 4954 5) names who wrote the mail, of whom only the login counts. */
const OF_MAIL = new Set(["SIZE", "BODY", "SMTPUTF8", "AUTH"]);

/** Throws a Reply where MAIL asks for what we do not have, or names no address; the null sender is one. */
export function checkSender({ address, args }: SMTPServerAddress): void {
  const unknown = Object.keys(args || {}).find((name) => !OF_MAIL.has(name));
  if (unknown !== undefined) throw parameterUnknown(unknown);
  if (address !== "") checkPath(address, "5.1.7");
}

/** The same of RCPT, which has no parameters without DSN (RFC 3461). */
export function checkRecipient({ address, args }: SMTPServerAddress): void {
  const [unknown] = Object.keys(args || {});
  if (unknown !== undefined) throw parameterUnknown(unknown);
  checkPath(address, "5.1.3");
}

/** How large the client says that the mail is; 0 where it does not. */
export function announcedBytes({ args }: SMTPServerAddress): number {
  return args === false ? 0 : Number(args.SIZE ?? 0);
}

function parameterUnknown(name: string): Reply {
  return new Reply(555, `5.5.4 parameter ${name} is not known`);
}

function checkPath(address: string, enhanced: string): void {
  try {
    checkAddress(address);
  } catch (error) {
    if (error instanceof AddressError) throw new Reply(553, `${enhanced} ${error.message}`);
    throw error;
  }
}

/** Whoever is in the envelope and not in the header has a blind copy; of a header that names nobody it tells nothing. */
export function recipientKinds(addresses: readonly string[], fields: readonly RawField[]): RawRecipient[] {
  const named = new Map(namedIn(fields).map(({ kind, address }) => [comparable(address), kind]));
  const other = named.size === 0 ? "to" : "bcc";
  return addresses.map((address) => ({ kind: named.get(comparable(address)) ?? other, address }));
}

/** Addresses in a header that cannot be read are nobody's fault here: the envelope counts. */
function namedIn(fields: readonly RawField[]): RawRecipient[] {
  try {
    return recipientsOf(fields);
  } catch (error) {
    if (error instanceof RawMailError) return [];
    throw error;
  }
}
