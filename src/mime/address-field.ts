/** Writes the fields that hold mailboxes (RFC 5322 3.6.2, 3.6.3): folded between them, and only display names encoded. */
import { AddressError, asciiAddress } from "../addresses/addr-spec.ts";
import { type Mailbox, parseMailboxes } from "./address.ts";
import { ComposeError } from "./compose-error.ts";
import { encodedWords, needsEncoding } from "./encoded-word.ts";
import { FOLDED_LINE, foldedField, LINE } from "./field.ts";
import { assertOneLine } from "./headers.ts";

/** RFC 5322 3.2.3: atoms, which stand without quotes, with single spaces between them. */
const ATOMS = /^[\w!#$%&'*+/=?^`{|}~-]+(?: [\w!#$%&'*+/=?^`{|}~-]+)*$/;
/** A quoted name stays on one line; encoded words can be folded, so a longer name is written in those. */
const LONGEST_PHRASE = 70;

/** The field, or nothing for no mailboxes (RFC 5322 has no empty address list). Throws ComposeError. */
export function addressField(name: string, mailboxes: readonly Mailbox[]): string {
  if (mailboxes.length === 0) return "";
  const words = mailboxes.map((mailbox, at) => mailboxWords(name, mailbox, at === 0));
  const line = `${name}: ${words.map((mailbox) => mailbox.join(" ")).join(", ")}`;
  if (line.length <= FOLDED_LINE || (line.length <= LINE && !line.includes("=?"))) return `${line}\r\n`;
  const last = words.length - 1;
  return foldedField(
    name,
    words.flatMap((mailbox, at) => (at === last ? mailbox : [...mailbox.slice(0, -1), `${mailbox.at(-1)},`])),
  );
}

/** The same for mailboxes given as text, as in a custom Sender. Throws ComposeError. */
export function parsedAddressField(name: string, text: string): string {
  return addressField(
    name,
    refusing(name, () => parseMailboxes(text)),
  );
}

/** What a fold may come between: encoded words or the name as one, and the address. */
function mailboxWords(field: string, { name, address }: Mailbox, first: boolean): string[] {
  assertOneLine(address, `an address of ${field}`);
  // IDNA domains travel as A-labels; a local part that is not ASCII stays, which makes the header UTF-8 (RFC 6532 3.2).
  const ascii = refusing(field, () => asciiAddress(address));
  const spoken = name?.trim();
  // Readers take the quotes off a quoted local part that stands outside of angle brackets, and then have another address.
  if (spoken === undefined || spoken === "") return [ascii.startsWith('"') ? `<${ascii}>` : ascii];
  assertOneLine(spoken, `a name of ${field}`);
  return [...displayName(spoken, first ? FOLDED_LINE - field.length - 2 : undefined), `<${ascii}>`];
}

function displayName(name: string, firstRoom: number | undefined): string[] {
  // RFC 2047 5 (3): an encoded word stands for words of a phrase, and never inside a quoted string.
  if (needsEncoding(name) || name.length > LONGEST_PHRASE) return encodedWords(name, firstRoom);
  return [ATOMS.test(name) ? name : `"${name.replace(/["\\]/g, "\\$&")}"`];
}

function refusing<T>(field: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof AddressError) throw new ComposeError(`${field}: ${error.message}`);
    throw error;
  }
}
