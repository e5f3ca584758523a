/** The corpus of nasty texts, wherever a mail may hold text: refused with a reason, or written within the rules of the wire. */
import { simpleParser } from "mailparser";
import PostalMime from "postal-mime";
import { describe, expect, test } from "vitest";
import { AddressError, asciiAddress, parseMailboxes } from "../../src/mime/address.ts";
import { ComposeError, compose, type Mail } from "../../src/mime/compose.ts";
import { parseMediaType } from "../../src/mime/media-type.ts";
import { NASTY } from "../support/nasty.ts";
import { bytesOf, expectWire, line, lines, mail, readings } from "./reading.ts";

const PLACES: Record<string, (text: string) => Partial<Mail>> = {
  subject: (subject) => ({ subject }),
  "name of the sender": (name) => ({ from: { name, address: "a@example.com" } }),
  "name of a recipient": (name) => ({ to: [{ name, address: "a@example.com" }] }),
  address: (address) => ({ to: [{ address }] }),
  "Message-ID": (messageId) => ({ messageId }),
  text: (text) => ({ text }),
  HTML: (html) => ({ html }),
  "text beside HTML": (text) => ({ text, html: "<p>" }),
  "value of a header": (value) => ({ headers: [["X-Own", value]] }),
  "name of a header": (name) => ({ headers: [[name, "value"]] }),
  "value of References": (value) => ({ headers: [["References", value]] }),
  "value of Sender": (value) => ({ headers: [["Sender", value]] }),
  "file name": (filename) => ({ attachments: [{ filename, content: bytesOf("x") }] }),
  "media type": (contentType) => ({ attachments: [{ filename: "a", contentType, content: bytesOf("x") }] }),
  "content id": (contentId) => ({ attachments: [{ filename: "a", contentId, content: bytesOf("x") }] }),
  "embedded message": (text) => ({
    attachments: [{ filename: "a.eml", contentType: "message/rfc822", content: bytesOf(text) }],
  }),
  "seed of the boundary": (boundarySeed) => ({ boundarySeed, text: "a", html: "b" }),
};
/** Of a mail, without its content, which takes that parser seconds where it is one line without end. */
function header(bytes: Uint8Array): Buffer {
  const mail = Buffer.from(bytes);
  return mail.subarray(0, mail.indexOf("\r\n\r\n") + 4);
}

const HEADERS = /^(date|from|to|subject|message-id|mime-version|content-|x-own|references|sender)/;

/** Some of them take a parser of others seconds, and a busy machine many. */
const PATIENCE = { timeout: 90_000 };

describe.each(Object.entries(NASTY))("%s", PATIENCE, (_, text) => {
  test.each(Object.entries(PLACES))("as %s", async (_place, fields) => {
    const bytes = composed(mail(fields(text)));
    if (bytes === undefined) return;
    expectWire(bytes);
    const { headers } = await PostalMime.parse(bytes);
    const added = headers.map(({ key }) => key).filter((key) => !HEADERS.test(key));
    expect(added.filter((key) => key !== text.toLowerCase())).toEqual([]);
    expect([...(await simpleParser(header(bytes))).headers.keys()]).not.toContain("bcc");
  });

  test("as text and subject it reads back as it was meant", async () => {
    const subject = text.replace(/[\r\n\0]/g, "");
    const bytes = composed(mail({ subject, text }));
    expect(bytes).toBeDefined();
    const meant = { subject: line(subject), text: shown(text) };
    for (const [parser, reading] of Object.entries(await readings(bytes!)))
      expect({ subject: reading.subject, text: shown(reading.text) }, parser).toEqual(meant);
  });

  test("as addresses and as a media type it is read or refused", () => {
    for (const read of [
      parseMailboxes,
      asciiAddress,
      parseMediaType,
      (it: string) => parseMailboxes(`x ${it} <a@b.example>`),
    ])
      expect(attempt(() => read(text))).not.toBe("crashed");
  });
});

/** Whether a byte order mark is part of a text is for its reader to say. */
const shown = (text: string) => lines(text).replace(/^\ufeff/, "");

/** The bytes, or nothing where the composer says why it has none. */
function composed(mail: Mail): Uint8Array | undefined {
  try {
    return compose(mail).bytes;
  } catch (error) {
    expect(error).toBeInstanceOf(ComposeError);
    return undefined;
  }
}

function attempt(read: () => unknown): "read" | "refused" | "crashed" {
  try {
    read();
    return "read";
  } catch (error) {
    return error instanceof AddressError || error instanceof ComposeError ? "refused" : "crashed";
  }
}
