import fc from "fast-check";
import { expect, test } from "vitest";
import { rawMail } from "../../src/mime/raw.ts";
import { withAdditions } from "../../src/mime/raw-additions.ts";

const bytes = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
/** One character a byte. */
const text = (mail: Uint8Array) => Buffer.from(mail).toString("latin1");

const PLAIN = "From: Ann <ann@example.com>\r\nTo: bob@example.net\r\nSubject: Hello\r\n\r\nIt works.\r\n";
const ADDITIONS = {
  fields: [["X-Mail-Proxy-ID", "pk-1"]] as const,
  messageId: "<pk-1@example.com>",
  date: new Date(1_800_000_000_000),
};

test("a mail in which nothing has to change is the very same bytes", () => {
  const mail = bytes(PLAIN);
  expect(rawMail(mail).raw).toBe(mail);
});

test("its envelope, subject and Message-ID are read from its header", () => {
  const mail = rawMail(
    bytes(
      [
        ...["FROM: =?utf-8?Q?J=C3=B6rg?= <joerg@example.com>", "Sender: office@example.com"],
        ...['To: "Bob, the builder" <bob@example.net>,', "\tCarl <carl@example.net>", "Cc: (nobody) dora@example.net"],
        ...[
          "bcc: eve@example.net",
          "Subject: =?utf-8?Q?Gr=C3=B6=C3=9F?=",
          " =?utf-8?Q?e?=",
          "Message-Id: <1@example.com>",
        ],
        ...["", "body", ""],
      ].join("\r\n"),
    ),
  );
  expect(mail).toMatchObject({
    from: "office@example.com",
    authors: ["joerg@example.com"],
    recipients: [
      { kind: "to", address: "bob@example.net" },
      { kind: "to", address: "carl@example.net" },
      { kind: "cc", address: "dora@example.net" },
      { kind: "bcc", address: "eve@example.net" },
    ],
    subject: "Größe",
    messageId: "<1@example.com>",
  });
});

test.each([
  [
    "Return-Path before Sender",
    "Return-Path: <bounces@example.com>\r\nSender: s@example.com\r\n",
    "bounces@example.com",
  ],
  ["a null Return-Path, which is nobody", "Return-Path: < >\r\n", ""],
  ["Sender before From", "Sender: s@example.com\r\n", "s@example.com"],
  ["nobody where there is only From", "", undefined],
])("the sender is that of %s", (_, fields, from) => {
  expect(rawMail(bytes(fields + PLAIN)).from).toBe(from);
});

test("an envelope that is given wins over the header", () => {
  const { from, recipients, raw } = rawMail(bytes(`Bcc: x@example.net\r\n${PLAIN}`), {
    from: "Bounces <b@example.com>",
    to: ["Zoe <zoe@example.net>"],
  });
  expect({ from, recipients }).toEqual({
    from: "b@example.com",
    recipients: [{ kind: "to", address: "zoe@example.net" }],
  });
  expect(text(raw)).toBe(PLAIN);
  expect(rawMail(bytes(PLAIN), { from: "<>" }).from).toBe("");
});

test("a mail that was sent again goes to whom it was sent again", () => {
  const again = "Resent-From: carl@example.net\r\nResent-To: dora@example.net\r\nResent-Bcc: eve@example.net\r\n";
  const { from, recipients, raw } = rawMail(bytes(again + PLAIN));
  expect(from).toBe("carl@example.net");
  expect(recipients.map(({ address }) => address)).toEqual(["dora@example.net", "eve@example.net"]);
  expect(text(raw)).not.toContain("eve");
});

test("an empty group in To is nobody", () => {
  const mail = bytes("From: a@example.com\r\nTo: undisclosed-recipients:;\r\nBcc: b@example.net\r\n\r\n");
  expect(rawMail(mail).recipients).toEqual([{ kind: "bcc", address: "b@example.net" }]);
});

test("every Bcc is taken off with its continuation lines, in any case, and in the header alone", () => {
  const body = "\r\nBcc: stays@example.net\r\n in the body\r\n";
  const mail =
    "BCC: a@example.net,\r\n b@example.net,\r\n\tc@example.net\r\n" +
    "From: ann@example.com\r\nbCc : d@example.net\r\nX-Bcc: kept@example.net\r\nBcc:\r\nSubject: s\r\n\tBcc: folded\r\n";
  const { raw, recipients } = rawMail(bytes(mail + body));
  expect(text(raw)).toBe(`From: ann@example.com\r\nX-Bcc: kept@example.net\r\nSubject: s\r\n\tBcc: folded\r\n${body}`);
  expect(recipients.map(({ address }) => address)).toEqual(["a", "b", "c", "d"].map((name) => `${name}@example.net`));
});

test.each([
  ["LF", PLAIN.replaceAll("\r\n", "\n")],
  ["CR", PLAIN.replaceAll("\r\n", "\r")],
  ["CRLF written as text once more", PLAIN.replaceAll("\r\n", "\r\r\n")],
  ["any mixture", "From: Ann <ann@example.com>\nTo: bob@example.net\r\nSubject: Hello\r\n\rIt works.\n"],
])("lines that end in %s end in CRLF (RFC 5321 2.3.8)", (_, mail) => {
  expect(text(rawMail(bytes(mail)).raw)).toBe(PLAIN);
});

test("a mail that is full of bare CRs keeps nobody waiting", () => {
  const began = performance.now();
  const { raw } = rawMail(bytes(`${PLAIN}${"\r".repeat(200_000)}x`));
  expect(raw.length).toBe(PLAIN.length + 2 * 200_000 + 1);
  expect(performance.now() - began).toBeLessThan(5_000);
});

test("whatever a body holds, only its bare line ends change", () => {
  const octets = fc.uint8Array({ maxLength: 60 }).map((body) => text(body));
  const nasty = fc.array(fc.oneof(octets, fc.constantFrom("\r", "\n", "\r\n", ".", "\0", "\xff")), { maxLength: 12 });
  fc.assert(
    fc.property(nasty, (pieces) => {
      const body = pieces.join("");
      const header = "From: a@example.com\r\n\r\n";
      const { raw } = rawMail(bytes(header + body));
      expect(text(raw)).toBe(header + body.replace(/\r+\n|\r|\n/g, "\r\n"));
      expect(rawMail(raw).raw).toBe(raw);
    }),
  );
});

test.each([
  ["nothing at all", "", "it is empty"],
  ["text that is no mail", "Hello Bob,\n\nhow are you?\n", 'line 1 is no header field: "Hello Bob,"'],
  ["a mailbox of several", `From ann Sat Nov 21 10:00:00 2026\n${PLAIN}`, "line 1 is no header field"],
  [
    "a fault further down",
    "From: a@example.com\r\nTo: b@example.net,\r\n c@example.net\r\nno field\r\n\r\n",
    "line 4 is no",
  ],
  ["a continuation of nothing", ` x\r\n${PLAIN}`, "line 1 is no header field"],
  ["no author", "To: b@example.net\r\n\r\nx", "it has no From field"],
  ["two authors' fields", `From: x@example.com\r\n${PLAIN}`, "it has more than one From field"],
  ["an author without an address", "From: Ann\r\n\r\n", "from: "],
  ["a recipient that is none", "From: a@example.com\r\nTo: bob, c@example.net\r\n\r\n", 'to: "bob": is not an address'],
  ["a header in Latin-1", "From: a@example.com\r\nSubject: Gr\xf6\xdfe\r\n\r\n", "line 2 of the header is neither"],
])("%s is refused with what is wrong", (_, mail, words) => {
  expect(() => rawMail(bytes(mail))).toThrow(words);
});

test("Message-ID and Date are added at the top where they are missing, and nothing below changes", () => {
  const { bytes: out, utf8 } = withAdditions(bytes(PLAIN), ADDITIONS);
  expect(text(out)).toBe(
    `X-Mail-Proxy-ID: pk-1\r\nMessage-ID: <pk-1@example.com>\r\nDate: Fri, 15 Jan 2027 08:00:00 +0000\r\n${PLAIN}`,
  );
  expect(utf8).toBe(false);
  const whole = `date: yesterday\r\nMESSAGE-ID : x\r\n${PLAIN}`;
  expect(text(withAdditions(bytes(whole), ADDITIONS).bytes)).toBe(`X-Mail-Proxy-ID: pk-1\r\n${whole}`);
  expect(text(withAdditions(bytes(whole), { ...ADDITIONS, fields: [] }).bytes)).toBe(whole);
});

test("a header in UTF-8 is for servers with SMTPUTF8, a body of eight bits is not", () => {
  const utf8 = (mail: string) => withAdditions(new TextEncoder().encode(mail), ADDITIONS).utf8;
  expect(utf8(PLAIN.replace("Hello", "Größe"))).toBe(true);
  expect(utf8(PLAIN.replace("works", "größer"))).toBe(false);
});

test("a header without end is refused before it takes long", () => {
  const endless = new TextEncoder().encode("X-Filler: a\r\n".repeat(200_000));
  expect(() => rawMail(endless)).toThrow(/more than 1048576 bytes/);
});
