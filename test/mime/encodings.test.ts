/** Transfer encodings: which one a text gets, that it comes back octet for octet, and what it looks like on the way. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { base64, base64Text } from "../../src/mime/base64.ts";
import { quotedPrintable } from "../../src/mime/quoted-printable.ts";
import { textPart, withCrlf } from "../../src/mime/text-part.ts";
import { bytesOf, source } from "./reading.ts";

const encodingOf = (text: string) => /Encoding: (\S+)/.exec(textPart("plain", text).fields)?.[1];

test.each([
  ["nothing", "", "7bit"],
  ["plain lines", "Hello Jane,\n\tyour order\r\n", "7bit"],
  ["a line of 78", "x".repeat(78), "7bit"],
  ["a line of 79", "x".repeat(79), "quoted-printable"],
  ["white space at the end of a line", "a \nb", "quoted-printable"],
  ["a tab at the end of the text", "a\t", "quoted-printable"],
  ["From at the start of a line", "a\nFrom me", "quoted-printable"],
  ["a dot alone on a line", "a\n.\nb", "quoted-printable"],
  ["a dot alone at the end", "a\n.", "quoted-printable"],
  ["a control character", "a\u0001b, and some more text", "quoted-printable"],
  ["a NUL", "a\0b, and some more text", "quoted-printable"],
  ["some letters beyond ASCII", "Viele liebe Grüße aus dem Norden und bis bald", "quoted-printable"],
  ["mostly letters beyond ASCII", "日本語のテキスト", "base64"],
  ["an emoji alone", "👩", "base64"],
])("a text of %s goes as it is smallest and safe", (_, text, encoding) => {
  expect(encodingOf(text)).toBe(encoding);
});

test.each([
  ["a\nb", "a\r\nb"],
  ["a\rb", "a\r\nb"],
  ["a\r\nb", "a\r\nb"],
  ["\n\r\r\n\n", "\r\n\r\n\r\n\r\n"],
])("line ends of any kind become CRLF: %j", (text, canonical) => expect(withCrlf(text)).toBe(canonical));

test.each([
  ["a = b", "a =3D b"],
  ["ü", "=C3=BC"],
  ["a \r\nb\t", "a=20\r\nb=09"],
  ["a b\tc", "a b\tc"],
  [".\r\n..\r\na.", "=2E\r\n=2E.\r\na."],
  ["From me\r\nFromage From ", "=46rom me\r\nFromage From=20"],
  ["x".repeat(76), "x".repeat(76)],
  ["x".repeat(77), `${"x".repeat(75)}=\r\nxx`],
  [`${"x".repeat(75)}ü`, `${"x".repeat(75)}=\r\n=C3=BC`],
  [`${"x".repeat(73)}=`, `${"x".repeat(73)}=3D`],
  [`${"x".repeat(73)}=y`, `${"x".repeat(73)}=\r\n=3Dy`],
  [`${"x".repeat(75)}.y`, `${"x".repeat(75)}=\r\n=2Ey`],
  [`${"x".repeat(76)}\r\ny`, `${"x".repeat(76)}\r\ny`],
])("quoted-printable of %j", (text, encoded) => {
  expect(source(quotedPrintable(bytesOf(text)))).toBe(encoded);
});

test("quoted-printable of any octets comes back, in lines of at most 76 that no way can harm", () => {
  const octets = fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ min: 0x20, max: 0x3e, maxLength: 300 }));
  const noLineEnds = octets.map((content) => content.filter((octet) => octet !== 0x0d && octet !== 0x0a));
  fc.assert(
    fc.property(noLineEnds, (content) => {
      const encoded = source(quotedPrintable(content));
      for (const line of encoded.split("\r\n")) expect(line).toMatch(/^(?!From |\.)[\t -~]{0,76}(?<![\t ])$/);
      const decoded = encoded
        .replaceAll("=\r\n", "")
        .replace(/=(..)/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
      expect(Buffer.from(decoded, "latin1").equals(content)).toBe(true);
    }),
  );
});

test("base64 is what Node makes of the same octets, in lines of 76", () => {
  const sized = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.constantFrom(0, 1, 2, 3, 56, 57, 58, 114, 115).map((size) => new Uint8Array(size).fill(255)),
  );
  fc.assert(
    fc.property(sized, (content) => {
      const lines =
        Buffer.from(content)
          .toString("base64")
          .match(/.{1,76}/g) ?? [];
      expect(source(base64(content))).toBe(lines.join("\r\n"));
    }),
  );
});

test("base64 as one text is what Node makes of the same octets, also where its blocks meet", () => {
  for (const length of [0, 1, 2, 3, 4, 196_607, 196_608, 196_609, 400_001]) {
    const content = Uint8Array.from({ length }, (_, at) => (at * 7_919) & 255);
    expect(base64Text(content) === Buffer.from(content).toString("base64"), String(length)).toBe(true);
  }
});

test("base64 reads a view into a larger buffer, odd offset included", () => {
  const whole = Uint8Array.from({ length: 300 }, (_, at) => at);
  expect(source(base64(whole.subarray(7, 200))).replaceAll("\r\n", "")).toBe(
    Buffer.from(whole.subarray(7, 200)).toString("base64"),
  );
});
