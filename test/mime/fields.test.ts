/** How header fields are folded and encoded, to the letter. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { addressField } from "../../src/mime/address-field.ts";
import { compose } from "../../src/mime/compose.ts";
import { encodedWords } from "../../src/mime/encoded-word.ts";
import { textField } from "../../src/mime/field.ts";
import { expectWire, mail, readings } from "./reading.ts";

test.each([
  ["", "Subject:\r\n"],
  ["Hello", "Subject: Hello\r\n"],
  ["  Hello \t", "Subject: Hello\r\n"],
  [`${"a".repeat(34)} ${"b".repeat(34)}`, `Subject: ${"a".repeat(34)} ${"b".repeat(34)}\r\n`],
  [`${"a".repeat(34)} ${"b".repeat(35)}`, `Subject: ${"a".repeat(34)}\r\n ${"b".repeat(35)}\r\n`],
  [`${"a".repeat(60)}  ${"b".repeat(20)} c`, `Subject:\r\n ${"a".repeat(60)}  ${"b".repeat(20)}\r\n c\r\n`],
  ["x".repeat(997), `Subject:\r\n ${"x".repeat(997)}\r\n`],
  ["Viele liebe Grüße", "Subject: =?utf-8?Q?Viele_liebe_Gr=C3=BC=C3=9Fe?=\r\n"],
  ["日本語", "Subject: =?utf-8?B?5pel5pys6Kqe?=\r\n"],
  ["left\tright", "Subject: =?utf-8?Q?left=09right?=\r\n"],
  ["=?utf-8?Q?a?=", "Subject: =?utf-8?B?PT91dGYtOD9RP2E/PQ==?=\r\n"],
  ["1 = 1? yes_no", "Subject: 1 = 1? yes_no\r\n"],
  ["über one = one? yes_no and words", "Subject: =?utf-8?Q?=C3=BCber_one_=3D_one=3F_yes=5Fno_and_words?=\r\n"],
  ["a\ud800b", "Subject: =?utf-8?B?Ye+/vWI=?=\r\n"],
])("the subject %j", (subject, field) => {
  expect(textField("Subject", subject)).toBe(field);
});

test.each([
  ["two-byte letters in Q", "ü".repeat(40) + "a".repeat(100)],
  ["three-byte letters in B", "語".repeat(100)],
  ["four-byte letters in B", "👩".repeat(100)],
  ["four-byte letters in Q", `${"abcdefghij".repeat(3)}👩`.repeat(10)],
])("%s are never cut inside a character", (_, text) => {
  for (const firstRoom of [75, 66, 40, 24, 23, 0, -5]) {
    const words = encodedWords(text, firstRoom);
    expect(words.map(decodedAlone).join("")).toBe(text);
    for (const word of words) expect(word.length).toBeLessThanOrEqual(75);
    if (firstRoom >= 24) expect(words[0]!.length).toBeLessThanOrEqual(firstRoom);
  }
});

test("whichever of Q and B is shorter is taken", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 }), (text) => {
      const bytes = new TextEncoder().encode(text);
      fc.pre(bytes.length <= 45); // what one word holds as B; with more of them each ends on a border of its own
      const q = [...bytes].reduce(
        (sum, byte) => sum + (/[A-Za-z0-9!*+/ -]/.test(String.fromCharCode(byte)) ? 1 : 3),
        0,
      );
      const b = Math.ceil(bytes.length / 3) * 4;
      expect(
        encodedWords(text)
          .join("")
          .replace(/\?==\?utf-8\?[QB]\?/g, "").length - 12,
      ).toBe(Math.min(q, b));
    }),
  );
});

test.each([
  ["a bare address", [{ address: "a@example.com" }], "To: a@example.com\r\n"],
  ["a name of atoms", [{ name: "Jane Doe", address: "a@example.com" }], "To: Jane Doe <a@example.com>\r\n"],
  ["a name with a comma", [{ name: "Doe, Jane", address: "a@example.com" }], 'To: "Doe, Jane" <a@example.com>\r\n'],
  ["a name with quotes", [{ name: 'J "\\" D', address: "a@example.com" }], 'To: "J \\"\\\\\\" D" <a@example.com>\r\n'],
  [
    "a name with letters beyond ASCII",
    [{ name: "Doe, Jürgen Maria", address: "a@example.com" }],
    "To: =?utf-8?Q?Doe=2C_J=C3=BCrgen_Maria?= <a@example.com>\r\n",
  ],
  [
    "a name that looks encoded",
    [{ name: "=?x?Q?a?=", address: "a@example.com" }],
    "To: =?utf-8?B?PT94P1E/YT89?= <a@example.com>\r\n",
  ],
  ["a blank name", [{ name: " ", address: "a@example.com" }], "To: a@example.com\r\n"],
  ["a quoted local part", [{ address: '"a b"@example.com' }], 'To: <"a b"@example.com>\r\n'],
  ["an IDNA domain", [{ address: "a@bücher.example" }], "To: a@xn--bcher-kva.example\r\n"],
  ["nobody", [], ""],
])("the field of %s", (_, mailboxes, field) => {
  expect(addressField("To", mailboxes)).toBe(field);
});

test("many recipients are folded between mailboxes, or before an address that does not fit", () => {
  const mailboxes = [
    { name: "Jane Doe", address: "jane@example.com" },
    { address: "john@example.com" },
    { address: "second-line@example.com" },
    { name: "A name of some length", address: `${"x".repeat(50)}@example.com` },
  ];
  expect(addressField("To", mailboxes)).toBe(
    [
      "To: Jane Doe <jane@example.com>, john@example.com, second-line@example.com,",
      " A name of some length",
      ` <${"x".repeat(50)}@example.com>`,
      "",
    ].join("\r\n"),
  );
});

test("a local part beyond ASCII makes the header UTF-8, and the caller knows", async () => {
  const composed = compose(mail({ to: [{ name: "用户", address: "用户@例え.テスト" }] }));
  expect(composed.utf8).toBe(true);
  for (const reading of Object.values(await readings(composed.bytes)))
    expect(reading.to).toEqual([{ name: "用户", address: "用户@xn--r8jz45g.xn--zckzah" }]);
  expect(compose(mail({ to: [{ name: "用户", address: "a@例え.テスト" }] })).utf8).toBe(false);
});

function decodedAlone(word: string): string {
  const [, encoding, payload = ""] = /^=\?utf-8\?([QB])\?([^?]*)\?=$/.exec(word) ?? [];
  const bytes =
    encoding === "B"
      ? Buffer.from(payload, "base64")
      : Buffer.from(
          payload.replaceAll("_", " ").replace(/=(..)/g, (_, hex) => String.fromCharCode(parseInt(hex, 16))),
          "latin1",
        );
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}

test("five thousand recipients are written within the rules of the wire and all read back, soon", async () => {
  const to = Array.from({ length: 5_000 }, (_, n) => ({ name: `Jürgen ${n}`, address: `user${n}@example.net` }));
  const started = performance.now();
  const { bytes } = compose(mail({ to }));
  expect(performance.now() - started).toBeLessThan(2_000);
  expectWire(bytes);
  for (const [parser, reading] of Object.entries(await readings(bytes))) expect(reading.to, parser).toEqual(to);
});
