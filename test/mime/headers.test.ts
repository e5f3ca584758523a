/** Which header fields an application may set, and that no text breaks out of its line. */
import { describe, expect, test } from "vitest";
import { compose } from "../../src/mime/compose.ts";
import { hasLineBreak, isHeaderName, refusedHeader } from "../../src/mime/headers.ts";
import { bytesOf, expectWire, mail, readings, source } from "./reading.ts";

test.each([
  ...["Bcc", "bCC", "MIME-Version", "mime-foo", "Content-Type", "Content-Transfer-Encoding", "Received", "Return-Path"],
  ...["DKIM-Signature", "ARC-Seal", "DomainKey-Signature", "Resent-To", "Resent-Bcc", "Authentication-Results"],
  ...["From", "To", "Cc", "Subject", "Date", "Message-ID", "Reply-To"],
])("%s is not an application's to set, in any case of letters", (name) => {
  expect(refusedHeader(name)).toBe(true);
  expect(() => compose(mail({ headers: [[name, "x@example.com"]] }))).toThrow(/cannot be set/);
});

test.each([
  "X-Campaign",
  "List-Unsubscribe",
  "In-Reply-To",
  "References",
  "Sender",
  "Precedence",
  "Auto-Submitted",
  "Importance",
])("%s is an application's to set", (name) => {
  expect(refusedHeader(name)).toBe(false);
  expect(source(compose(mail({ headers: [[name, "<x@example.com>"]] })).bytes)).toMatch(new RegExp(`^${name}: `, "m"));
});

test.each([
  ["X-A", true],
  ["x", true],
  ["X_a!", true],
  ["", false],
  ["X A", false],
  ["X:", false],
  ["Xé", false],
  ["X\t", false],
  ["X\r\nBcc", false],
  [`X${"a".repeat(76)}`, false],
])("%j as the name of a field: %s", (name, expected) => {
  expect(isHeaderName(name)).toBe(expected);
  const composed = () => compose(mail({ headers: [[name, "v"]] }));
  if (expected) expect(source(composed().bytes)).toContain(`${name}: v\r\n`);
  else expect(composed).toThrow(/is not a header name/);
});

describe.each(["\r", "\n", "\0", "\r\nBcc: spy@example.com"])("a text with %j", (hostile) => {
  const text = `a${hostile}b`;
  const attachment = { filename: "a.txt", content: bytesOf("x") };

  test("is known for what it is", () => expect(hasLineBreak(text)).toBe(true));

  test.each([
    ["the subject", mail({ subject: text })],
    ["the Message-ID", mail({ messageId: `<${text}@example.com>` })],
    ["the sender's address", mail({ from: { address: `${text}@example.com` } })],
    ["the sender's name", mail({ from: { name: text, address: "a@example.com" } })],
    ["a recipient's domain", mail({ to: [{ address: `a@example.com${hostile}` }] })],
    ["a recipient's name", mail({ cc: [{ name: text, address: "a@example.com" }] })],
    ["the address for replies", mail({ replyTo: [{ address: `a@example.com,${hostile}` }] })],
    ["a header", mail({ headers: [["X-A", text]] })],
    ["a header of addresses", mail({ headers: [["Sender", `a@example.com${hostile}`]] })],
    ["a file name", mail({ attachments: [{ ...attachment, filename: text }] })],
    ["a content type", mail({ attachments: [{ ...attachment, contentType: `text/plain; a="${hostile}"` }] })],
    ["a content id", mail({ attachments: [{ ...attachment, contentId: text }] })],
  ])("is refused as %s", (_, refused) => {
    expect(() => compose(refused)).toThrow(expect.objectContaining({ name: "ComposeError" }));
  });
});

test("a header of addresses is written as one: the name encoded, the address left alone", async () => {
  const { bytes } = compose(mail({ headers: [["Sender", "Jürgen <j@bücher.example>"]] }));
  expect(source(bytes)).toContain("Sender: =?utf-8?Q?J=C3=BCrgen?= <j@xn--bcher-kva.example>\r\n");
});

test("a header that programs read is folded between its words and never encoded", () => {
  const ids = Array.from({ length: 12 }, (_, at) => `<${at}.of.a.long.conversation@example.com>`);
  const { bytes } = compose(mail({ headers: [["References", ids.join("\t")]] }));
  expectWire(bytes);
  expect(source(bytes).replaceAll("\r\n ", " ")).toContain(`References: ${ids.join(" ")}\r\n`);
});

test("a header that programs read is refused where it could only go encoded", () => {
  expect(() => compose(mail({ headers: [["List-Unsubscribe", "<https://example.com/größe>"]] }))).toThrow(
    /printable ASCII/,
  );
  const endless = `<https://example.com/${"x".repeat(1000)}>`;
  expect(() => compose(mail({ headers: [["List-Unsubscribe", endless]] }))).toThrow(/997 characters/);
});

test("a header value of one endless word is encoded, so that no line passes 998", () => {
  const { bytes } = compose(mail({ headers: [["X-Token", "x".repeat(5000)]] }));
  expectWire(bytes);
  expect(source(bytes)).toContain("X-Token: =?utf-8?");
});

test("a mail for blind recipients alone names nobody", async () => {
  const { bytes } = compose(mail({ to: [] }));
  expect(source(bytes)).toContain("To: undisclosed-recipients:;\r\n");
  for (const reading of Object.values(await readings(bytes))) expect(reading.to).toEqual([]);
});

test.each([
  ["1@example.com", "<1@example.com>"],
  [" <1@example.com> ", "<1@example.com>"],
  ["<a.b@[1.2.3.4]>", "<a.b@[1.2.3.4]>"],
])("the Message-ID %j is written %s", (messageId, written) => {
  expect(source(compose(mail({ messageId })).bytes)).toContain(`Message-ID: ${written}\r\n`);
});

test.each(["", "abc", "<a b@example.com>", "<a@b><c@d>", "<ü@example.com>", `<${"x".repeat(999)}@example.com>`])(
  "the Message-ID %j is refused",
  (messageId) => expect(() => compose(mail({ messageId }))).toThrow(/the Message-ID is not like/),
);

test("the date is written in UTC, and one that no mail can have is refused", () => {
  expect(source(compose(mail({ date: new Date("2026-03-01T02:03:04+02:00") })).bytes)).toMatch(
    /^Date: Sun, 01 Mar 2026 00:03:04 \+0000\r\n/,
  );
  for (const date of [new Date(Number.NaN), new Date("1899-12-31T23:59:59Z"), new Date("+010000-01-01T00:00:00Z")])
    expect(() => compose(mail({ date }))).toThrow(/date/);
});
