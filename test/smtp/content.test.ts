/** A message's bytes in DATA: dots doubled and nothing else changed, one end. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inspect, stuffed, terminator } from "../../src/smtp/content.ts";
import { bytes } from "./support.ts";

const text = (content: Uint8Array) => Buffer.from(content).toString("latin1");

test.each([
  ["hello\r\n", "hello\r\n"],
  [".\r\n", "..\r\n"],
  [".hidden\r\n", "..hidden\r\n"],
  ["a\r\n.\r\nb\r\n", "a\r\n..\r\nb\r\n"],
  ["a\r\n..\r\n", "a\r\n...\r\n"],
  ["\r\n.\r\n.\r\n", "\r\n..\r\n..\r\n"],
  ["a.b\r\nc.\r\n", "a.b\r\nc.\r\n"],
  ["", ""],
])("%j is sent as %j", (message, sent) => {
  expect(text(stuffed(inspect(bytes(message))))).toBe(sent);
});

test("a message without a leading dot is not copied", () => {
  const message = bytes("hello\r\nworld\r\n");
  expect(stuffed(inspect(message))).toBe(message);
});

test.each([
  ["a\r\n", ".\r\n"],
  ["a", "\r\n.\r\n"],
  ["", ".\r\n"],
  ["\r\n", ".\r\n"],
])("%j ends with %j", (message, end) => {
  expect(text(terminator(bytes(message)))).toBe(end);
});

test.each([
  ["a\r\nb\r\n", false],
  ["a\nb\r\n", true],
  ["a\rb\r\n", true],
  ["a\r\r\n", true],
  ["a\n\r\n", true],
  ["\n", true],
  ["a\r", true],
])("that %j holds a bare line end is %s", (message, bare) => {
  expect(inspect(bytes(message)).bareLineEnd).toBe(bare);
});

test("8-bit content is noticed, wherever it stands", () => {
  expect(inspect(bytes("plain\r\n")).eightBit).toBe(false);
  expect(inspect(bytes("caf\u00e9\r\n")).eightBit).toBe(true);
  expect(inspect(new Uint8Array([0x7f, 0x80])).eightBit).toBe(true);
});

describe("for any message of lines", () => {
  const line = fc.string({ unit: fc.constantFrom(".", "a", "\u00e9", " "), maxLength: 6 });
  const message = fc.array(line, { maxLength: 20 }).map((lines) => lines.map((each) => `${each}\r\n`).join(""));

  test("a receiver that takes the doubled dots away has the message again", () => {
    fc.assert(
      fc.property(message, (original) => {
        const wire = text(stuffed(inspect(bytes(original))));
        const received = wire.replace(/(^|\r\n)\./g, "$1");
        return received === text(bytes(original)) && !/(^|\r\n)\.\r\n/.test(wire);
      }),
    );
  });
});
