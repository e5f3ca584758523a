/** Reads composed bytes back with two parsers that know nothing of the composer, and checks the rules of the wire. */
import { domainToASCII } from "node:url";
import { type AddressObject, type EmailAddress, type ParsedMail, simpleParser } from "mailparser";
import PostalMime, { type Address, type Email } from "postal-mime";
import { expect } from "vitest";
import type { Mail } from "../../src/mime/compose.ts";

export interface Reader {
  name: string;
  address: string;
}

/** What a reader makes of a mail, in one shape for every parser; texts with LF and without the last line end. */
export interface Reading {
  from: Reader[];
  to: Reader[];
  cc: Reader[];
  replyTo: Reader[];
  subject: string;
  messageId: string;
  date: string;
  text: string;
  html: string;
  attachments: { filename: string; type: string; cid: string; disposition: string; content: string }[];
}

export const mail = (fields: Partial<Mail> = {}): Mail => ({
  messageId: "<1@example.com>",
  date: new Date("2026-03-01T12:30:45Z"),
  from: { address: "shop@example.com" },
  to: [{ address: "jane@example.org" }],
  cc: [],
  replyTo: [],
  subject: "Hello",
  headers: [],
  attachments: [],
  boundarySeed: "seed",
  ...fields,
});

export const source = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
export const bytesOf = (text: string) => new TextEncoder().encode(text);

/** One reading by each parser, by name. */
export async function readings(bytes: Uint8Array): Promise<Record<string, Reading>> {
  return { "postal-mime": await readByPostalMime(bytes), mailparser: await readByMailparser(bytes) };
}

export function readByMailparser(bytes: Uint8Array): Promise<Reading> {
  const options = { skipHtmlToText: true, skipTextToHtml: true, skipTextLinks: true, keepCidLinks: true };
  return simpleParser(Buffer.from(bytes), options).then(fromMailparser);
}

export async function readByPostalMime(bytes: Uint8Array): Promise<Reading> {
  return fromPostalMime(await PostalMime.parse(bytes));
}

function fromPostalMime(email: Email): Reading {
  const addresses = (list: readonly Address[] = []) =>
    list.flatMap((entry) =>
      (entry.address === undefined ? entry.group : [entry]).map(({ name, address }) => ({
        name: line(name),
        address: inAscii(address),
      })),
    );
  return {
    from: addresses(email.from === undefined ? [] : [email.from]),
    to: addresses(email.to),
    cc: addresses(email.cc),
    replyTo: addresses(email.replyTo),
    subject: line(email.subject ?? ""),
    messageId: email.messageId ?? "",
    date: email.date ?? "",
    text: lines(email.text ?? ""),
    html: lines(email.html ?? ""),
    attachments: email.attachments.map((part) => ({
      filename: line(part.filename ?? ""),
      type: part.mimeType,
      cid: part.contentId ?? "",
      disposition: part.disposition ?? "",
      content: base64(
        typeof part.content === "string" ? Buffer.from(part.content) : Buffer.from(new Uint8Array(part.content)),
      ),
    })),
  };
}

function fromMailparser(parsed: ParsedMail): Reading {
  const addresses = (object: AddressObject | AddressObject[] | undefined) =>
    [object ?? []].flat().flatMap(({ value }) => value.flatMap(mailboxes));
  const mailboxes = ({ name, address = "", group }: EmailAddress): Reader[] =>
    group?.flatMap(mailboxes) ?? [{ name: line(name), address: inAscii(address) }];
  return {
    from: addresses(parsed.from),
    to: addresses(parsed.to),
    cc: addresses(parsed.cc),
    replyTo: addresses(parsed.replyTo),
    subject: line(parsed.subject ?? ""),
    messageId: parsed.messageId ?? "",
    date: parsed.date?.toISOString() ?? "",
    text: lines(parsed.text ?? ""),
    html: lines(parsed.html || ""),
    attachments: parsed.attachments.map((part) => ({
      filename: line(part.filename ?? ""),
      type: part.contentType,
      cid: part.contentId ?? "",
      disposition: part.contentDisposition ?? "",
      content: base64(part.content),
    })),
  };
}

export const base64 = (content: Uint8Array) => Buffer.from(content).toString("base64");

/** One parser shows a domain as it travels, the other as people write it. */
function inAscii(address: string): string {
  const at = address.lastIndexOf("@") + 1;
  return address.slice(0, at) + domainToASCII(address.slice(at));
}

/** As any reader sees one line: lone surrogates cannot travel, and white space around a value has no meaning. */
export const line = (text: string) => text.replace(/\p{Cs}/gu, "\ufffd").trim();
/** As any reader sees a body: the same, with line ends of one kind and none after the last line. */
export const lines = (text: string) =>
  text
    .replace(/\p{Cs}/gu, "\ufffd")
    .replace(/\r\n?/g, "\n")
    .replace(/\n+$/, "");

/** The rules of the wire: CRLF only, no line over 998, a header that is folded and encoded as it should. */
export function expectWire(bytes: Uint8Array): void {
  const text = Buffer.from(bytes).toString("latin1");
  expect(text.replaceAll("\r\n", "")).not.toMatch(/[\r\n\0]/);
  expect(text.endsWith("\r\n")).toBe(true);
  expect(longest(text.split("\r\n"))).toBeLessThanOrEqual(998);
  expectHeader(text.slice(0, text.indexOf("\r\n\r\n")));
}

/** RFC 2047 2: encoded words of at most 75, on lines of at most 76; no line that a fold left empty; never a Bcc. */
function expectHeader(header: string): void {
  expect(header).not.toMatch(/^bcc:/im);
  const lines = header.split("\r\n");
  expect(lines.filter((line) => !/^(?:[!-9;-~]+:| \S)/.test(line))).toEqual([]);
  const word = /=\?utf-8\?[BQ]\?[^?]*\?=/g;
  expect(longest(header.match(word) ?? [])).toBeLessThanOrEqual(75);
  expect(longest(lines.filter((line) => line.search(word) !== -1))).toBeLessThanOrEqual(76);
}

function longest(texts: readonly string[]): number {
  return texts.reduce((length, text) => Math.max(length, text.length), 0);
}
