/** Reads mailboxes as people write them: `a@b.c`, `Name <a@b.c>`, lists with commas, quotes and comments (RFC 5322 3.4). */
import { AddressError, checkAddress } from "../addresses/addr-spec.ts";
import { type Token, tokens } from "./address-lexer.ts";

export { AddressError, asciiAddress, needsUtf8 } from "../addresses/addr-spec.ts";

/** One sender or recipient. */
export interface Mailbox {
  /** The display name as it reads, without quotes or escapes. */
  name?: string;
  /** local@domain as it was given; Unicode is kept, and a quoted local part keeps its quotes. */
  address: string;
}

/** Exactly one mailbox. Throws AddressError with the reason; groups and lists are refused. */
export function parseMailbox(text: string): Mailbox {
  const [mailbox, ...more] = parseList(text);
  if (mailbox === undefined) throw new AddressError(text, "holds no address");
  if (more.length > 0)
    throw new AddressError(text, "holds more than one address; a name with a comma stands in quotes");
  return mailbox;
}

/**
 * Mailboxes in a comma-separated text, where empty places between commas are skipped (RFC 5322 4.4), or in an array with
 * one in each place. An empty text or array gives none. Throws AddressError.
 */
export function parseMailboxes(text: string | readonly string[]): Mailbox[] {
  return typeof text === "string" ? parseList(text) : text.map(parseMailbox);
}

function parseList(text: string): Mailbox[] {
  if (!/[\s"(<,;:[]/.test(text)) return text === "" ? [] : [bareMailbox(text)];
  if (/[\r\n\0]/.test(text)) throw new AddressError(text, "holds a line break or a NUL");
  const mailboxes: Mailbox[] = [];
  let element: Token[] = [];
  for (const token of tokens(text)) {
    if (token.kind !== "comma") element.push(token);
    else if (isBlank(element)) element = [];
    else {
      mailboxes.push(mailboxOf(element));
      element = [];
    }
  }
  if (!isBlank(element)) mailboxes.push(mailboxOf(element));
  return mailboxes;
}

function isBlank(element: readonly Token[]): boolean {
  return element.every(({ kind, value }) => kind === "comment" || (kind === "text" && value.trim() === ""));
}

/** One element of a list: a name and an address in angle brackets, or the address alone. */
function mailboxOf(element: readonly Token[]): Mailbox {
  const said = element.filter(({ kind, raw }) => kind !== "comment" && raw.trim() !== "");
  refuseGroups(said);
  const last = said.at(-1);
  const source = element.map(({ raw }) => raw).join("");
  if (said.some((token) => token.kind === "angle" && token !== last))
    throw new AddressError(source, "something stands after the angle brackets");
  if (last?.kind !== "angle") {
    const comment = element.find(({ kind }) => kind === "comment")?.value.trim();
    const address = said.map(({ raw }) => raw).join("");
    // `jane@example.com (Jane Doe)` is how names were written before RFC 822, and some programs still do.
    return named(comment, bareMailbox(address.trim()));
  }
  if (said.some(({ kind, value }) => kind === "text" && value.includes(">")))
    throw new AddressError(source, "an angle bracket is not opened");
  if (last.value === "") throw new AddressError(source, "the angle brackets are empty");
  return named(phrase(element), bareMailbox(last.value));
}

/** The display name: quoted strings as they are, the words around them with single spaces, comments left out. */
function phrase(element: readonly Token[]): string {
  const pieces: string[] = [];
  for (const { kind, value } of element) {
    if (kind === "angle" || kind === "comment") continue;
    const words = kind === "quoted" ? value : value.replace(/\s+/g, " ");
    const doubled = kind !== "quoted" && words.startsWith(" ") && pieces.at(-1)?.endsWith(" ");
    const piece = doubled ? words.slice(1) : words;
    if (piece !== "") pieces.push(piece);
  }
  return pieces.join("").trim();
}

/** RFC 5322 3.4: `Friends: a@b.c, d@e.f;` names people, not mailboxes, so whom to send to would be a guess. */
function refuseGroups(said: readonly Token[]): void {
  const sign = said.find(({ kind, value }) => kind === "text" && /[:;]/.test(value));
  if (sign !== undefined)
    throw new AddressError(
      sign.value.trim(),
      "groups are not taken, addresses are parted by commas, and a name with : or ; stands in quotes",
    );
}

function bareMailbox(address: string): Mailbox {
  checkAddress(address);
  return { address };
}

function named(name: string | undefined, { address }: Mailbox): Mailbox {
  return name === undefined || name === "" ? { address } : { name, address };
}
