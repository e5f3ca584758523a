/** What counts as a reply, and what a server may not do to us with one. */
import { describe, expect, test } from "vitest";
import { ProtocolFault, ReplyReader, toReply } from "../../src/smtp/replies.ts";
import { bytes } from "./support.ts";

/** All replies in `text`, fed in chunks of `size` bytes. */
function read(text: string, size = text.length) {
  const reader = new ReplyReader();
  const replies = [];
  for (let at = 0; at < text.length; at += size) {
    reader.feed(bytes(text.slice(at, at + size)));
    for (let reply = reader.next(); reply; reply = reader.next()) replies.push(reply);
  }
  return { replies, pending: reader.pending };
}

describe.each([1, 2, 3, 7, 1000])("in chunks of %i bytes", (size) => {
  test("replies of one line and of many are told apart", () => {
    expect(read("220 hi\r\n250-a\r\n250-b c\r\n250 d\r\n250\r\n354 go\r\n", size)).toEqual({
      replies: [
        { code: 220, lines: ["hi"] },
        { code: 250, lines: ["a", "b c", "d"] },
        { code: 250, lines: [""] },
        { code: 354, lines: ["go"] },
      ],
      pending: false,
    });
  });

  test("a reply that goes on is not answered yet", () => {
    expect(read("250-a\r\n250-b\r\n", size)).toEqual({ replies: [], pending: true });
    expect(read("250 a", size)).toEqual({ replies: [], pending: true });
  });
});

test.each([
  ["a bare LF ends no line", "250 ok\n250 smuggled\r\n"],
  ["a bare CR ends no line", "250 ok\r250 smuggled\r\n"],
  ["CR CR LF ends no line", "250 ok\r\r\n"],
  ["an empty line", "\r\n"],
  ["a line without a code", "hello\r\n"],
  ["a code of two digits", "25 ok\r\n"],
  ["a code of four digits", "2500 ok\r\n"],
  ["a code that SMTP does not have", "199 ok\r\n"],
  ["another code that SMTP does not have", "650 ok\r\n"],
  ["lines that differ in code", "250-a\r\n251 b\r\n"],
  ["HTTP", "HTTP/1.1 400 Bad Request\r\n"],
  ["an endless line", `250 ${"x".repeat(4096)}`],
  ["an endless reply", "250-x\r\n".repeat(10_000)],
])("%s is a protocol fault", (_, text) => {
  expect(() => read(text)).toThrow(ProtocolFault);
  expect(() => read(text, 1)).toThrow(ProtocolFault);
});

test("a reset forgets half a reply and what follows it", () => {
  const reader = new ReplyReader();
  reader.feed(bytes("250-a\r\n250-b\r\n250 injec"));
  reader.next();
  reader.reset();
  reader.feed(bytes("220 new\r\n"));
  expect(reader.next()).toEqual({ code: 220, lines: ["new"] });
});

test.each([
  [["5.1.1 no such user"], 550, { code: 550, enhanced: "5.1.1", text: "no such user" }],
  [["5.7.1 blocked", "5.7.1 see http://x"], 550, { code: 550, enhanced: "5.7.1", text: "blocked see http://x" }],
  [["no such user"], 550, { code: 550, text: "no such user" }],
  [["4.2.2"], 452, { code: 452, enhanced: "4.2.2", text: "" }],
  [["5.1.1.7 is a version"], 550, { code: 550, text: "5.1.1.7 is a version" }],
  [["red\x1b[31m\x00line\u2028\u202eturned"], 550, { code: 550, text: "red [31m line turned" }],
  [["é ü"], 250, { code: 250, text: "é ü" }],
])("the reply of lines %j is told as it should", (lines, code, expected) => {
  expect(toReply({ code, lines })).toEqual(expected);
});

test("a reply's text is at most 1000 characters", () => {
  expect(toReply({ code: 550, lines: Array(100).fill("x".repeat(80)) }).text).toHaveLength(1000);
});
