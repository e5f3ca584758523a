/** The commands of an envelope: only what the server offers, in its grammar, and nothing that a field smuggles in. */
import { describe, expect, test } from "vitest";
import { parseCapabilities } from "../../src/smtp/capabilities.ts";
import { inspect } from "../../src/smtp/content.ts";
import { commandsFor, type Envelope } from "../../src/smtp/envelope.ts";
import { bytes, envelope } from "./support.ts";

const NOTHING = parseCapabilities(["test.invalid"]);
const EVERYTHING = parseCapabilities(["test.invalid", "SIZE 1000", "8BITMIME", "SMTPUTF8", "DSN", "PIPELINING"]);

/** MAIL and the RCPTs, or the enhanced code of the refusal. */
function lines(to: Envelope, server = EVERYTHING, message = "hello\r\n"): string[] | string {
  const commands = commandsFor(to, inspect(bytes(message)), server);
  if (commands.kind === "unsendable") return commands.enhanced;
  const refused = commands.refused.map(({ address, reply }) => `${address}: ${reply.code} ${reply.enhanced}`);
  return [commands.mail, ...commands.recipients.map(({ command }) => command), ...refused];
}

test("a server without extensions gets none", () => {
  const dsn = { notify: ["failure"], ret: "full", envid: "x" } as const;
  expect(lines(envelope(["b@test"], { dsn }), NOTHING)).toEqual(["MAIL FROM:<a@test>", "RCPT TO:<b@test>"]);
});

test("the size is told where it is asked for, and 8-bit content is declared", () => {
  expect(lines(envelope())).toEqual(["MAIL FROM:<a@test> SIZE=7", "RCPT TO:<b@test>"]);
  expect(lines(envelope(), EVERYTHING, "\u00e9\r\n")).toEqual([
    "MAIL FROM:<a@test> SIZE=4 BODY=8BITMIME",
    "RCPT TO:<b@test>",
  ]);
});

test("the null sender is written as such", () => {
  expect(lines(envelope(["b@test"], { from: "" }), NOTHING)).toEqual(["MAIL FROM:<>", "RCPT TO:<b@test>"]);
});

describe("what the server can never take is refused before anything is written", () => {
  test.each([
    ["a message over the size limit", envelope(), EVERYTHING, "x".repeat(1001), "5.3.4"],
    ["8-bit content without 8BITMIME", envelope(), NOTHING, "\u00e9\r\n", "5.6.3"],
    ["UTF-8 in the header without SMTPUTF8", envelope([], { utf8: true }), NOTHING, "x\r\n", "5.6.7"],
    ["a sender that needs SMTPUTF8", envelope([], { from: "j\u00fcrgen@test" }), NOTHING, "x\r\n", "5.6.7"],
    ["a bare LF", envelope(), EVERYTHING, "a\n.\nMAIL FROM:<evil@test>\r\n", "5.6.0"],
    ["a bare CR", envelope(), EVERYTHING, "a\r.\rb\r\n", "5.6.0"],
  ])("%s", (_, to, server, message, enhanced) => {
    expect(lines(to, server, message)).toBe(enhanced);
  });

  test("a size limit of 0 is none", () => {
    expect(lines(envelope(), parseCapabilities(["x", "SIZE 0"]))).toEqual([
      "MAIL FROM:<a@test> SIZE=7",
      "RCPT TO:<b@test>",
    ]);
  });
});

describe("no field writes a command of its own", () => {
  const HOSTILE = [
    "a@test>\r\nDATA",
    "a@test\nDATA",
    "a@test\rDATA",
    "a@test\0",
    "a b@test",
    "a@te>st",
    "<a@test",
    "a@test SIZE=1",
    "a@test\u2028",
    "a@test\u0085",
    "@test",
    "a@",
    "a",
    `${"a".repeat(400)}@test`,
  ];

  test.each(HOSTILE)("as sender: %j", (from) => {
    expect(lines(envelope(["b@test"], { from }))).toBe("5.1.7");
  });

  test.each(HOSTILE)("as recipient, which fails alone: %j", (address) => {
    expect(lines(envelope([address, "b@test"]), NOTHING)).toEqual([
      "MAIL FROM:<a@test>",
      "RCPT TO:<b@test>",
      `${address}: 553 5.1.3`,
    ]);
  });

  test.each(["x\r\nDATA", "x\0", "", "\u00e9", "x".repeat(101)])("as envelope id: %j", (envid) => {
    expect(lines(envelope(["b@test"], { dsn: { envid } }))).toBe("5.5.4");
  });
});

describe("internationalised addresses", () => {
  test("are written in UTF-8 where the server offers SMTPUTF8, which is then asked for", () => {
    expect(lines(envelope(["j\u00fcrgen@b\u00fccher.test"]))).toEqual([
      "MAIL FROM:<a@test> SIZE=7 SMTPUTF8",
      "RCPT TO:<j\u00fcrgen@b\u00fccher.test>",
    ]);
  });

  test("need no SMTPUTF8 if only the domain is one", () => {
    expect(lines(envelope(["info@b\u00fccher.test"]), NOTHING)).toEqual([
      "MAIL FROM:<a@test>",
      "RCPT TO:<info@xn--bcher-kva.test>",
    ]);
  });

  test.each(["j\u00fcrgen@test", "info@b\u00fccher/x.test", "info@b\u00fccher:25"])(
    "that a server cannot read fail alone: %s",
    (address) => {
      expect(lines(envelope([address, "b@test"]), NOTHING)).toEqual([
        "MAIL FROM:<a@test>",
        "RCPT TO:<b@test>",
        `${address}: 553 5.6.7`,
      ]);
    },
  );
});

describe("delivery status notifications (RFC 3461)", () => {
  const dsn = (to: string, wish: Envelope["dsn"]) =>
    lines(envelope([to], { dsn: wish }), parseCapabilities(["x", "DSN"]));

  test("nothing is asked for unless it is wished", () => {
    expect(dsn("b@test", undefined)).toEqual(["MAIL FROM:<a@test>", "RCPT TO:<b@test>"]);
  });

  test("NOTIFY, ORCPT, RET and ENVID follow the grammar", () => {
    expect(dsn("b+c=d@test", { notify: ["failure", "delay"], ret: "headers", envid: "no 1+1=2" })).toEqual([
      "MAIL FROM:<a@test> RET=HDRS ENVID=no+201+2B1+3D2",
      "RCPT TO:<b+c=d@test> NOTIFY=FAILURE,DELAY ORCPT=rfc822;b+2Bc+3Dd@test",
    ]);
    expect(dsn("b@test", { ret: "full" })).toEqual([
      "MAIL FROM:<a@test> RET=FULL",
      "RCPT TO:<b@test> ORCPT=rfc822;b@test",
    ]);
  });

  test("NEVER stands alone", () => {
    expect(dsn("b@test", { notify: ["success", "never"] })[1]).toBe(
      "RCPT TO:<b@test> NOTIFY=NEVER ORCPT=rfc822;b@test",
    );
  });

  test("an internationalised recipient is named in ASCII (RFC 6533)", () => {
    expect(lines(envelope(["j\u00fcrgen@test"], { dsn: {} }))[1]).toBe(
      "RCPT TO:<j\u00fcrgen@test> ORCPT=utf-8;j\\x{FC}rgen@test",
    );
  });
});

describe("what a server offers", () => {
  test("is read whatever its case and spacing", () => {
    const server = parseCapabilities([
      "hi",
      "size  42",
      "Pipelining",
      "auth login PLAIN",
      "AUTH=CRAM-MD5 LOGIN",
      "8BitMime ",
    ]);
    expect(server).toMatchObject({ maxSize: 42, pipelining: true, eightBitMime: true, dsn: false, startTls: false });
    expect(server.auth).toEqual(["login", "plain", "cram-md5"]);
  });

  test("is not read out of the greeting line", () => {
    expect(parseCapabilities(["STARTTLS"]).startTls).toBe(false);
  });

  test("AUTH with only methods unknown to us is an offer all the same", () => {
    expect(parseCapabilities(["hi", "AUTH GSSAPI"])).toMatchObject({ offersAuth: true, auth: [] });
  });
});
