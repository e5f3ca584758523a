/** How people write addresses, what is refused and why, and what travels over SMTP for an address. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AddressError, asciiAddress, needsUtf8, parseMailbox, parseMailboxes } from "../../src/mime/address.ts";

describe("one mailbox", () => {
  test.each<[text: string, name: string | undefined, address: string]>([
    ["jane@example.com", undefined, "jane@example.com"],
    ["  jane@example.com\t", undefined, "jane@example.com"],
    ["<jane@example.com>", undefined, "jane@example.com"],
    ["Jane <jane@example.com>", "Jane", "jane@example.com"],
    ["Jane<jane@example.com>", "Jane", "jane@example.com"],
    ["Jane   van \t Doe < jane@example.com >", "Jane van Doe", "jane@example.com"],
    ["Acme Inc. <a@example.com>", "Acme Inc.", "a@example.com"],
    ["[Support] Jane <a@example.com>", "[Support] Jane", "a@example.com"],
    ["50 [% off <a@example.com>", "50 [% off", "a@example.com"],
    ["jane@example.com <jane@example.com>", "jane@example.com", "jane@example.com"],
    ['"Doe, Jane" <jane@example.com>', "Doe, Jane", "jane@example.com"],
    ['"a \\"b\\" \\\\ c" <jane@example.com>', 'a "b" \\ c', "jane@example.com"],
    ['"two  spaces" <jane@example.com>', "two  spaces", "jane@example.com"],
    ['Dr. "J. D." Who <jane@example.com>', "Dr. J. D. Who", "jane@example.com"],
    ['"" <jane@example.com>', undefined, "jane@example.com"],
    ["Jürgen 日本 👩‍👧 <j@example.com>", "Jürgen 日本 👩‍👧", "j@example.com"],
    ["Jane (of (nested) sales) Doe <jane@example.com> (work)", "Jane Doe", "jane@example.com"],
    ["jane@example.com (Jane \\) Doe)", "Jane ) Doe", "jane@example.com"],
    ['"jane doe"@example.com', undefined, '"jane doe"@example.com'],
    ['<"a>b@c, d"@example.com>', undefined, '"a>b@c, d"@example.com'],
    ['Jane <"a\\"b"@example.com>', "Jane", '"a\\"b"@example.com'],
    ["o'brien+tag=x!#$%&*/?^`{|}~@example.com", undefined, "o'brien+tag=x!#$%&*/?^`{|}~@example.com"],
    ["jane@bücher.example", undefined, "jane@bücher.example"],
    ["用户@例え.example", undefined, "用户@例え.example"],
    ["root@localhost", undefined, "root@localhost"],
    ["jane@[192.0.2.1]", undefined, "jane@[192.0.2.1]"],
    ["Jane <jane@[IPv6:2001:db8::1]>", "Jane", "jane@[IPv6:2001:db8::1]"],
  ])("%j", (text, name, address) => {
    expect(parseMailbox(text)).toEqual(name === undefined ? { address } : { name, address });
  });

  test.each([
    ["", /no address/],
    [" \t", /no address/],
    [",", /no address/],
    ["(only a comment)", /no address/],
    ["Jane", /@ is missing/],
    ["Jane Doe", /@ is missing/],
    ["@example.com", /before the @/],
    ["jane@", /domain is missing/],
    ["jane@@example.com", /before the @/],
    [".jane@example.com", /before the @/],
    ["jane.@example.com", /before the @/],
    ["a..b@example.com", /before the @/],
    ["jane doe@example.com", /before the @/],
    ["jane @example.com", /before the @/],
    ["jane@ example.com", /not a domain/],
    ["jane@example..com", /not a domain/],
    ["jane@.example.com", /not a domain/],
    ["jane@example.com.", /not a domain/],
    ["jane@-a.example", /not a domain/],
    ["jane@a-.example", /not a domain/],
    ["jane@exa_mple.com", /not a domain/],
    ["jane@exa%6dple.com", /not a domain/],
    ["jane@bücher.example:25", /groups/],
    ["<jane@bücher.example:25>", /not a domain/],
    ["jane@bücher/x.example", /not a domain/],
    ["jane@\ud800.example", /not a domain/],
    ["jane@192.0.2.1", /brackets/],
    ["jane@１９２.0.2.1", /brackets/],
    ["jane@[300.0.2.1]", /not an IP address/],
    ["jane@[IPv6:zz]", /not an IP address/],
    ["jane@[example.com]", /not an IP address/],
    [`jane@${"a".repeat(64)}.example`, /not a domain/],
    [`${"a".repeat(250)}@example.com`, /254 octets/],
    [`jane@${"ü".repeat(60)}.${"ö".repeat(60)}.${"ä".repeat(60)}.${"ß".repeat(60)}.example`, /not a domain|254 octets/],
    ["Jane <>", /empty/],
    ["Jane < >", /empty/],
    ["Jane <jane@example.com", /not closed/],
    ["jane@example.com>", /./],
    ["Jane> <jane@example.com>", /not opened/],
    ["<<jane@example.com>>", /not closed/],
    ["<a@example.com> <b@example.com>", /after the angle brackets/],
    ["<jane@example.com> Jane", /after the angle brackets/],
    ["<@relay.example:jane@example.com>", /before the @/],
    ["Jane <Jane Doe>", /@ is missing/],
    ['"Jane <jane@example.com>', /not closed/],
    ['"Jane\\', /not closed/],
    ["Jane (work <jane@example.com>", /not closed/],
    ["Friends: jane@example.com;", /groups/],
    ["undisclosed-recipients:;", /groups/],
    ["mailto:jane@example.com", /groups/],
    ["a@example.com; b@example.com", /groups/],
    ["Doe, Jane <jane@example.com>", /@ is missing/],
    ["a@example.com, b@example.com", /more than one/],
    ["a@example.com b@example.com", /before the @/],
    ["jane@example.com\r\nBcc: spy@example.com", /line break/],
    ["Jane\n<jane@example.com>", /line break/],
    ["jane\0@example.com", /./],
    ["jane@bücher.example\0", /not a domain/],
    ["jane@\u0001bücher.example", /not a domain/],
    ["jane\u0001@example.com", /control/],
    ["jane\u0085@example.com", /control|white space/],
    ["ja\u2028ne@example.com", /white space/],
    ["ja\ud800ne@example.com", /control/],
    ['"a\tb"@example.com', /control/],
  ])("%j is refused", (text, reason) => {
    expect(() => parseMailbox(text)).toThrow(AddressError);
    expect(() => parseMailbox(text)).toThrow(reason);
  });
});

describe("a list of mailboxes", () => {
  test("is cut at commas, but not at those in quotes, comments or angle brackets", () => {
    const list = 'a@example.com,"Doe, Jane" <b@example.com> (x, y), <"c,d"@example.com>';
    expect(parseMailboxes(list)).toEqual([
      { address: "a@example.com" },
      { name: "Doe, Jane", address: "b@example.com" },
      { address: '"c,d"@example.com' },
    ]);
  });

  test.each(["a@example.com,", ",a@example.com", ", ,a@example.com , ,", "a@example.com,(nobody)"])(
    "%j has empty places, which are skipped",
    (list) => expect(parseMailboxes(list)).toEqual([{ address: "a@example.com" }]),
  );

  test("may be empty", () => {
    expect([parseMailboxes(""), parseMailboxes("  "), parseMailboxes([])]).toEqual([[], [], []]);
  });

  test("as an array has one mailbox in each place, no more and no less", () => {
    expect(parseMailboxes(["a@example.com", "B <b@example.com>"])).toHaveLength(2);
    expect(() => parseMailboxes(["a@example.com, b@example.com"])).toThrow(/more than one/);
    expect(() => parseMailboxes(["a@example.com", ""])).toThrow(/no address/);
  });

  test("one bad address refuses the list", () => {
    expect(() => parseMailboxes("a@example.com, b")).toThrow(/"b": is not an address/);
  });
});

test.each([
  ["Jane@EXAMPLE.com", "Jane@EXAMPLE.com"],
  ["jane@bücher.example", "jane@xn--bcher-kva.example"],
  ["jane@BÜCHER.example", "jane@xn--bcher-kva.example"],
  ["jane@例え.テスト", "jane@xn--r8jz45g.xn--zckzah"],
  ["用户@例え.テスト", "用户@xn--r8jz45g.xn--zckzah"],
  ['"a@b"@bücher.example', '"a@b"@xn--bcher-kva.example'],
  ["jane@xn--bcher-kva.example", "jane@xn--bcher-kva.example"],
  ["jane@0x7f.example", "jane@0x7f.example"],
])("over SMTP %s is %s", (address, ascii) => {
  expect(asciiAddress(address)).toBe(ascii);
});

test("only a local part that is not ASCII needs SMTPUTF8", () => {
  expect(needsUtf8("用户@example.com")).toBe(true);
  expect(needsUtf8("jane@例え.テスト")).toBe(false);
});

test("a name of any letters survives being written in quotes and read again", () => {
  const name = fc.string({ unit: fc.constantFrom(..."ab é語👩 \"\\,;:<>()@[]\t'") });
  fc.assert(
    fc.property(name, (text) => {
      const quoted = `"${text.replace(/["\\]/g, "\\$&")}" <jane@example.com>`;
      expect(parseMailbox(quoted).name ?? "").toBe(text.trim());
    }),
  );
});

test("no text is read as an address that SMTP could misread", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...'a@.<>"\\,;:()[] \r\n\0é\ud800-'), { maxLength: 14 }), (signs) => {
      try {
        for (const { address } of parseMailboxes(signs.join("")))
          expect(asciiAddress(address)).not.toMatch(/[\r\n\0]|^[^"]*[<>, ]/);
      } catch (error) {
        expect(error).toBeInstanceOf(AddressError);
      }
    }),
    { numRuns: 2000 },
  );
});

test.each(["(", ")", '"', '""', "<", "[", "[a", ",", " ", ":", "a@b.c,", "\\"])(
  "a quarter of a megabyte of %j is read in time that grows with its length",
  (sign) => {
    const started = performance.now();
    try {
      parseMailboxes(sign.repeat(250_000 / sign.length));
    } catch (error) {
      expect(error).toBeInstanceOf(AddressError);
    }
    expect(performance.now() - started).toBeLessThan(5000);
  },
);
