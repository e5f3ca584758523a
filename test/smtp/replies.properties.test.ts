/** What holds for every stream of bytes that a server may send, however it is cut. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ProtocolFault, type RawReply, ReplyReader, toReply } from "../../src/smtp/replies.ts";
import { NASTY } from "../support/nasty.ts";
import { bytes } from "./support.ts";

const PIECES = ["250 ok\r\n", "250-", "250", "354 go\r\n", "220-a\r\n", "220 b\r\n", "\r\n", "\r", "\n", "-", " ", "9"];
const piece = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...PIECES, "x".repeat(600), "\0", "é", "👩‍👧").map(bytes) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 8 }) },
);
const stream = fc.array(piece, { maxLength: 30 }).map((pieces) => Uint8Array.from(pieces.flatMap((one) => [...one])));

/** The replies, and the fault that ended them; fed in chunks of these sizes, over and over. */
function read(stream: Uint8Array, sizes: readonly number[]): { replies: RawReply[]; fault: string | undefined } {
  const reader = new ReplyReader();
  const replies: RawReply[] = [];
  try {
    for (let at = 0, turn = 0; at < stream.length; turn++) {
      const size = sizes[turn % sizes.length]!;
      reader.feed(stream.subarray(at, at + size));
      at += size;
      for (let reply = reader.next(); reply; reply = reader.next()) replies.push(reply);
    }
    return { replies, fault: undefined };
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolFault);
    return { replies, fault: String(error) };
  }
}

test("replies, and the fault that ends them, are the same however the bytes are cut", () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(stream, sizes, (stream, sizes) => {
      expect(read(stream, sizes)).toEqual(read(stream, [stream.length || 1]));
    }),
    { numRuns: 2000 },
  );
});

test("what a reply says is one line of whole characters, whatever the server sent", () => {
  const text = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom(...Object.values(NASTY)));
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 5 }), fc.integer({ min: 200, max: 599 }), (lines, code) => {
      const { text } = toReply({ code, lines: lines.map((line) => new TextDecoder().decode(bytes(line))) });
      expect(text).not.toMatch(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/u);
      expect(text.length).toBeLessThanOrEqual(1000);
      expect(() => encodeURIComponent(text)).not.toThrow();
    }),
    { numRuns: 500 },
  );
});

test("a reply's text is cut between characters", () => {
  const { text } = toReply({ code: 550, lines: [`${"x".repeat(999)}👩`] });
  expect(text).toBe("x".repeat(999));
});

test("a stream of ten megabytes is refused at once, or read in time that grows with its length", () => {
  for (const piece of ["250-a\r\n", "250 a\r\n", "2", "\r", "\n", "\0"]) {
    const stream = bytes(piece.repeat(10_000_000 / piece.length));
    const started = performance.now();
    read(stream, [16_384]);
    expect(performance.now() - started, JSON.stringify(piece)).toBeLessThan(10_000);
  }
});
