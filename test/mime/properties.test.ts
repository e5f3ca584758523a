/** What holds for every mail that an application can think of: it reads back as it was meant, within the rules of the wire. */
import * as fc from "fast-check";
import { simpleParser } from "mailparser";
import PostalMime, { decodeWords } from "postal-mime";
import { expect, test } from "vitest";
import { asciiAddress, type Mailbox } from "../../src/mime/address.ts";
import { compose, type Mail, type Part } from "../../src/mime/compose.ts";
import { asciiFileName, safeFileName } from "../../src/mime/file-name.ts";
import { mail as aMail, base64, expectWire, line, lines, type Reading, readings } from "./reading.ts";

/** Letters of many scripts, emoji with joiners, right-to-left, combining marks, controls, lone surrogates, look-alikes of syntax. */
const PIECES = [
  "a",
  "Grüße",
  "日本語",
  "👩‍👩‍👧‍👦",
  "עברית",
  "e\u0301",
  "\u202e",
  "\ud800",
  "\u0001",
  "\x7f",
  "\t",
  " ",
  "  ",
].concat([
  '"',
  "\\",
  ",",
  ";",
  "<",
  ">",
  "(",
  ")",
  "@",
  ":",
  "=?",
  "?=",
  "=?utf-8?Q?a?=",
  "=",
  "_",
  "--",
  "'",
  "%41",
  ".",
]);
const piece = fc.oneof(
  fc.constantFrom(...PIECES),
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc.string({ unit: "binary", maxLength: 6 }),
);
const oneLine = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join("").replace(/[\r\n\0]/g, ""));
const bodyText = fc
  .array(fc.oneof(piece, fc.constantFrom("\n", "\r\n", "\r", "From ", ".", "\n.\n", "=_", "x".repeat(990))), {
    maxLength: 40,
  })
  .map((pieces) => pieces.join(""));

const label = fc.constantFrom("example", "a", "x-1", "bücher", "例え", "xn--bcher-kva");
const localPart = fc.constantFrom("jane", "j.d+tag", '"j d"', '"a@b"', "o'brien", "x".repeat(64));
const address = fc.tuple(localPart, label).map(([local, domain]) => `${local}@${domain}.example`);
const mailbox: fc.Arbitrary<Mailbox> = fc.record({ name: oneLine, address }, { requiredKeys: ["address"] });
const part: fc.Arbitrary<Part> = fc
  .record(
    {
      // postal-mime decodes encoded words in a file name even where RFC 2231 carried them as mere text.
      filename: oneLine.map((name) => name.replaceAll("=?", "=")),
      content: fc.uint8Array({ maxLength: 400 }),
      contentType: fc.constantFrom(
        "application/pdf",
        "text/csv; charset=latin1",
        "image/png",
        "multipart/mixed",
        "text/plain;",
      ),
      contentId: fc.constantFrom("logo", "<logo@example.com>", "50%"),
      disposition: fc.constantFrom("attachment", "inline"),
    },
    { requiredKeys: ["filename", "content", "contentType"] },
  )
  // Inline text is a piece of the body for a reader, and no attachment.
  .filter(({ contentType, disposition }) => !(contentType?.startsWith("text/") && disposition === "inline"));
const anyMail: fc.Arbitrary<Mail> = fc.record(
  {
    messageId: fc.constantFrom("<1@example.com>", "2@example.com"),
    date: fc.date({ min: new Date("1970-01-01"), max: new Date("2100-01-01"), noInvalidDate: true }),
    from: mailbox,
    to: fc.array(mailbox, { maxLength: 4 }),
    cc: fc.array(mailbox, { maxLength: 2 }),
    replyTo: fc.array(mailbox, { maxLength: 2 }),
    subject: oneLine,
    text: bodyText,
    html: bodyText.map((text) => `<p>${text}</p><img src="cid:logo">`),
    headers: fc.array(fc.tuple(fc.constantFrom("X-Campaign", `X-${"Long".repeat(18)}`), oneLine), { maxLength: 3 }),
    attachments: fc.array(part, { maxLength: 4 }),
    boundarySeed: fc.string(),
    asciiAttachments: fc.boolean(),
  },
  {
    requiredKeys: [
      "messageId",
      "date",
      "from",
      "to",
      "cc",
      "replyTo",
      "subject",
      "headers",
      "attachments",
      "boundarySeed",
    ],
  },
);

test("any mail reads back as it was meant, by two parsers, within the rules of the wire", async () => {
  await fc.assert(
    fc.asyncProperty(anyMail, async (mail) => {
      const { bytes, utf8 } = compose(mail);
      expect(utf8).toBe(false);
      expectWire(bytes);
      expect(partsBetweenBoundaries(bytes)).toBe(leavesOf(mail));
      for (const [parser, reading] of Object.entries(await readings(bytes)))
        expect(inOrder(reading), parser).toEqual(inOrder(intended(mail)));
    }),
    { numRuns: 250 },
  );
});

test("any custom header reads back as it was given", async () => {
  await fc.assert(
    fc.asyncProperty(oneLine, async (value) => {
      const { bytes } = compose(aMail({ headers: [["X-Campaign", value]] }));
      const byPostalMime = (await PostalMime.parse(bytes)).headers.find(({ key }) => key === "x-campaign")?.value;
      const byMailparser = (await simpleParser(Buffer.from(bytes))).headers.get("x-campaign");
      // Neither decodes the words of a header that it does not know.
      for (const raw of [byPostalMime, byMailparser]) expect(decodeWords(String(raw ?? ""))).toBe(line(value));
    }),
    { numRuns: 300 },
  );
});

/** Delimiters outnumber the parts where a part holds a boundary of its own mail. */
function partsBetweenBoundaries(bytes: Uint8Array): number {
  const text = Buffer.from(bytes).toString("latin1");
  const boundaries = [...text.matchAll(/^Content-Type: multipart[^"]*(?:type="text\/html";\s+)?boundary="([^"]+)"/gm)];
  if (boundaries.length === 0) return 1;
  const delimiters = boundaries.map(([, boundary]) => text.split(`\r\n--${boundary}\r\n`).length - 1);
  // Each multipart but the outermost is a part itself.
  return delimiters.reduce((sum, count) => sum + count, 0) - (boundaries.length - 1);
}

function leavesOf({ text, html, attachments }: Mail): number {
  return (text ? 1 : 0) + (html ? 1 : 0) + (text || html ? 0 : 1) + attachments.length;
}

/** What any reader must understand, taken from the mail itself. */
function intended(mail: Mail): Reading {
  const spoken = (mailboxes: readonly Mailbox[]) =>
    mailboxes.map(({ name, address }) => ({ name: line(name ?? ""), address: asciiAddress(address) }));
  return {
    from: spoken([mail.from]),
    to: spoken(mail.to),
    cc: spoken(mail.cc),
    replyTo: spoken(mail.replyTo),
    subject: line(mail.subject),
    messageId: mail.messageId.replace(/^<?(.*?)>?$/, "<$1>"),
    date: new Date(Math.floor(mail.date.getTime() / 1000) * 1000).toISOString(),
    text: lines(mail.text ?? ""),
    html: lines(mail.html ?? ""),
    attachments: mail.attachments.map((part) => intendedAttachment(part, mail)),
  };
}

function intendedAttachment(part: Part, { html, asciiAttachments }: Mail): Reading["attachments"][number] {
  const { filename, content, contentType = "", contentId = "", disposition } = part;
  const isShown = html !== undefined && contentId === "logo" && !contentType.startsWith("text/");
  return {
    filename: line(safeFileName(asciiAttachments ? asciiFileName(filename) : filename)),
    type: contentType.startsWith("multipart/") ? "application/octet-stream" : contentType.replace(/;.*/, ""),
    cid: contentId.replace(/^[^<].*$/, "<$&>"),
    disposition: disposition ?? (isShown ? "inline" : "attachment"),
    content: base64(content),
  };
}

/** Pictures move up to their HTML, so attachments are compared as a set. */
function inOrder(reading: Reading) {
  return { ...reading, attachments: reading.attachments.map((part) => JSON.stringify(part)).sort() };
}
