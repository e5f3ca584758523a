/** Attachments: names that every reader shows right, types, ids, and contents that arrive octet for octet. */
import { describe, expect, test } from "vitest";
import { compose, type Part } from "../../src/mime/compose.ts";
import { asciiFileName, mediaTypeOf, safeFileName } from "../../src/mime/file-name.ts";
import { bytesOf, expectWire, mail, type Reading, readings, source } from "./reading.ts";

const composed = (part: Partial<Part>, fields = {}) => {
  const attachment = { filename: "a.bin", content: bytesOf("content"), ...part };
  const { bytes } = compose(mail({ attachments: [attachment], ...fields }));
  expectWire(bytes);
  return bytes;
};
const read = async (bytes: Uint8Array): Promise<Reading["attachments"][]> =>
  Object.values(await readings(bytes)).map(({ attachments }) => attachments);

test.each([
  ["report.pdf", 'Content-Disposition: attachment; filename="report.pdf"\r\n'],
  ['a "b".pdf', 'Content-Disposition: attachment; filename="a \\"b\\".pdf"\r\n'],
  ["Übersicht.pdf", "Content-Disposition: attachment; filename*=utf-8''%C3%9Cbersicht.pdf\r\n"],
  ["50% off's (a*b).pdf", 'Content-Disposition: attachment; filename="50% off\'s (a*b).pdf"\r\n'],
  ["ü%'*.pdf", "Content-Disposition: attachment; filename*=utf-8''%C3%BC%25%27%2A.pdf\r\n"],
  [
    `${"a".repeat(100)}.pdf`,
    `Content-Disposition: attachment;\r\n filename*0*=utf-8''${"a".repeat(55)};\r\n filename*1*=${"a".repeat(45)}.pdf\r\n`,
  ],
  [
    `${"語".repeat(10)}.pdf`,
    `Content-Disposition: attachment;\r\n filename*0*=utf-8''${"%E8%AA%9E".repeat(6)};\r\n filename*1*=${"%E8%AA%9E".repeat(4)}.pdf\r\n`,
  ],
])("the file name %j by RFC 2231", async (filename, field) => {
  const bytes = composed({ filename });
  expect(source(bytes)).toContain(field);
  for (const [part] of await read(bytes)) expect(part?.filename).toBe(filename);
});

test.each([
  "report.pdf",
  "Übersicht.pdf",
  `${"Jahresübersicht ".repeat(30)}.pdf`,
  `${"語".repeat(300)}.pdf`,
  `${"x".repeat(2000)}.pdf`,
])("a reader from before RFC 2231 finds the file name %j in the content type", async (filename) => {
  const old = source(composed({ filename })).replace(/Content-Disposition:[^\r]*\r\n(?: [^\r]*\r\n)*/, "");
  for (const [part] of await read(bytesOf(old))) expect(part?.filename).toBe(filename);
});

test.each([
  ["../../etc/passwd", ".._.._etc_passwd"],
  ["C:\\a\\b.txt", "C:_a_b.txt"],
  ["Invoice 12/2026.pdf", "Invoice 12_2026.pdf"],
  ["a\u0001b\u007f\u0085.txt", "a_b__.txt"],
  ["  a.txt ", "a.txt"],
  ["", "attachment"],
  ["..", "attachment"],
])("the file name %j is sent as %j, safe to save under", async (filename, safe) => {
  expect(safeFileName(filename)).toBe(safe);
  for (const [part] of await read(composed({ filename }))) expect(part?.filename).toBe(safe);
});

test.each([
  ["Größenübersicht – März.pdf", "Grossenubersicht - Marz.pdf"],
  ["Ærø Łódź İı.txt", "AEro Lodz Ii.txt"],
  ["e\u0301té ﬁn ①.txt", "ete fin 1.txt"],
  ["資料👩.pdf", "___.pdf"],
  ["plain.txt", "plain.txt"],
])("for an account that wants ASCII, %j is sent as %j", async (filename, ascii) => {
  expect(asciiFileName(filename)).toBe(ascii);
  const bytes = composed({ filename }, { asciiAttachments: true });
  expect(source(bytes)).toContain(`filename="${ascii}"`);
});

test.each([
  ["a.pdf", "application/pdf"],
  ["A.PDF", "application/pdf"],
  ["a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"],
  ["a.p7m", "application/pkcs7-mime"],
  ["a.csv", "text/csv; charset=utf-8"],
  ["a.unknown", "application/octet-stream"],
  ["a", "application/octet-stream"],
  ["a.constructor", "application/octet-stream"],
])("the type of %s is %s", (filename, type) => expect(mediaTypeOf(filename)).toBe(type));

describe("a content type from outside", () => {
  test.each([
    ["application/pdf", "Content-Type: application/pdf; name"],
    ["Application/PDF;", "Content-Type: application/pdf; name"],
    ["text/csv; Charset=latin1 ; header=present", 'Content-Type: text/csv; charset="latin1"; header="present"; name'],
    ["application/pdf; name=\"other.pdf\"; name*=utf-8''x", "Content-Type: application/pdf; name"],
    ['text/x; a="q\\"d;"', 'Content-Type: text/x; a="q\\"d;"; name'],
    ["text/x; a=ü", "Content-Type: text/x; a*=utf-8''%C3%BC; name"],
  ])("%j is written correctly", (contentType, field) => {
    expect(source(composed({ contentType }))).toContain(field);
  });

  test.each([
    "",
    "pdf",
    "a/b/c",
    "a/b c",
    "a/b; c",
    "a/b; =d",
    "ä/b",
    `a/${"b".repeat(200)}`,
    `a/b; c="${"d".repeat(2000)}"`,
  ])("%j is refused", (contentType) => expect(() => composed({ contentType })).toThrow(/is not a content type/));
});

describe("an attached message", () => {
  const message = "Subject: inner\n\nHello\n--=_not-a-boundary\n";
  const contentType = "message/rfc822";

  test("goes as it is, since it may not be encoded", async () => {
    const bytes = composed({ contentType, content: bytesOf(message) });
    expect(source(bytes)).toContain(`Content-Transfer-Encoding: 7bit\r\n\r\n${message.replaceAll("\n", "\r\n")}`);
    for (const [part] of await read(bytes)) expect(part?.type).toBe(contentType);
  });

  test.each([
    ["letters beyond ASCII", "Subject: ü\r\n\r\nx"],
    ["a line over 998", `Subject: a\r\n\r\n${"x".repeat(999)}`],
    ["a NUL", "Subject: a\r\n\r\n\0"],
  ])("with %s is attached as plain data, octet for octet", async (_, content) => {
    const bytes = composed({ contentType, content: bytesOf(content) });
    for (const [part] of await read(bytes))
      expect(part).toMatchObject({
        type: "application/octet-stream",
        filename: "a.bin",
        content: Buffer.from(content).toString("base64"),
      });
  });
});

test.each([
  ["logo", "<logo>"],
  ["<logo@example.com>", "<logo@example.com>"],
])("the content id %j is written %s", (contentId, written) => {
  expect(source(composed({ contentId }))).toContain(`Content-ID: ${written}\r\n`);
});

test.each(["a b", "<a><b>", "ü", "x".repeat(901)])("the content id %j is refused", (contentId) => {
  expect(() => composed({ contentId })).toThrow(/content id/);
});

test("text attachments keep their octets, line ends and all", async () => {
  const content = bytesOf("a\nb\r\nc\r\xff\xfe trailing \n.\nFrom x");
  for (const [part] of await read(composed({ filename: "a.txt", content })))
    expect(part?.content).toBe(Buffer.from(content).toString("base64"));
});
