/** What holds for every address that RFC 5322 allows and for every text that it does not. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { AddressError, asciiAddress, type Mailbox, parseMailbox, parseMailboxes } from "../../src/mime/address.ts";
import { NASTY } from "../support/nasty.ts";

const ATEXT = "abcXYZ019!#$%&'*+-/=?^_`{|}~";
const LETTERS = "abcxyz019";
const atom = fc.string({ unit: fc.constantFrom(...ATEXT), minLength: 1, maxLength: 8 });
const dotAtom = fc.array(atom, { minLength: 1, maxLength: 4 }).map((atoms) => atoms.join("."));
const qcontent = fc.oneof(
  fc.constantFrom(..."ab ,;:<>()[]@.é語"),
  fc.constantFrom(...'\\"( a').map((character) => `\\${character}`),
);
const quotedString = fc.array(qcontent, { minLength: 1, maxLength: 8 }).map((content) => `"${content.join("")}"`);
const label = fc
  .tuple(fc.constantFrom(...LETTERS), fc.string({ unit: fc.constantFrom(...LETTERS, "-"), maxLength: 6 }))
  .map(([first, rest]) => `${first}${rest}z`);
const domain = fc.oneof(
  fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join(".")),
  fc.constantFrom("[192.0.2.1]", "[IPv6:2001:db8::1]", "bücher.example", "例え.テスト"),
);
const addrSpec = fc.tuple(fc.oneof(dotAtom, quotedString), domain).map(([local, at]) => `${local}@${at}`);

const ctext = fc.constantFrom("a", " ", ",", "<", "@", '"', "\\)", "\\(", "\\\\", "é");
const { comment } = fc.letrec<{ comment: string }>((tie) => ({
  comment: fc
    .array(fc.oneof({ maxDepth: 3 }, ctext, tie("comment")), { maxLength: 4 })
    .map((content) => `(${content.join("")})`),
}));
const cfws = fc.oneof(fc.constantFrom("", " ", "\t "), comment);
const phrase = fc
  .array(
    fc.oneof(
      atom,
      quotedString.filter((text) => !/^"\s|\s"$/.test(text)),
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map((words) => words.join(" "));
/** A mailbox as RFC 5322 3.4 has it, and the address in it. */
const nameAddr = fc.tuple(phrase, cfws, cfws, addrSpec, cfws).map(([name, before, around, address, after]) => ({
  text: `${name} ${before}<${/^[ \t]/.test(around) ? " " : ""}${address}>${after}`,
  address,
}));
const bare = fc
  .tuple(fc.constantFrom("", " "), addrSpec, cfws)
  .map(([before, address, after]) => ({ text: `${before}${address} ${after}`, address }));
const mailbox = fc.oneof(nameAddr, bare);

test("every mailbox that the grammar allows is read, and its address is as it was written", () => {
  fc.assert(
    fc.property(mailbox, ({ text, address }) => {
      expect(parseMailbox(text).address).toBe(address);
    }),
    { numRuns: 1000 },
  );
});

test("every list of them is cut at the right commas", () => {
  fc.assert(
    fc.property(
      fc.array(mailbox, { minLength: 1, maxLength: 5 }),
      fc.constantFrom(",", ", ", ",,", " ,\t"),
      (list, comma) => {
        const read = parseMailboxes(list.map(({ text }) => text).join(comma));
        expect(read.map(({ address }) => address)).toEqual(list.map(({ address }) => address));
      },
    ),
    { numRuns: 500 },
  );
});

test("whatever a text holds, no address or name that is read out of it holds a line break or NUL", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 40 }),
    fc
      .array(
        fc.constantFrom("a@b.c", "<", ">", '"', "(", ")", "\\", ",", "\r\n", "\n", "\0", " ", "[", "é@ü.example"),
        {
          maxLength: 12,
        },
      )
      .map((pieces) => pieces.join("")),
  );
  fc.assert(
    fc.property(text, (text) => {
      for (const { name = "", address } of read(text)) {
        expect(name).not.toMatch(/[\r\n\0]/);
        expect(address).not.toMatch(/[\r\n\0]/);
        expect(asciiAddress(address)).not.toMatch(/[\r\n\0]/);
      }
    }),
    { numRuns: 3000 },
  );
});

function read(text: string): Mailbox[] {
  try {
    return parseMailboxes(text);
  } catch (error) {
    expect(error).toBeInstanceOf(AddressError);
    return [];
  }
}

/** Openings that a parser may come back to for every one that follows, and texts that a pattern may cut in many ways. */
const BAIT = [
  "(",
  ")",
  "()",
  '"',
  '""',
  "\\",
  '\\"',
  "<",
  "<>",
  ">",
  "[",
  "[a]",
  "[a",
  ",",
  " ",
  "\t",
  ".",
  "-",
  "a",
  "a.",
  "a-",
].concat(["@", "a@", "a@b.c,", "a@b.c ", "é", "\ud800", ":", ";", '"a" ', "(a) ", "<a@b.c>,", "((", '("', '"(', "=?"]);

test.each([
  ...BAIT,
  ...Object.keys(NASTY)
    .filter((name) => name.endsWith("without end"))
    .map((name) => NASTY[name]!.slice(0, 2)),
])("twice as many %j take about twice the time", (bait) => {
  const shapes = [
    (text: string) => text,
    (text: string) => `x${text}<a@b.example>`,
    (text: string) => `a@${text}b.example`,
  ];
  for (const shape of shapes) {
    const small = cpuMs(() => read(shape(bait.repeat(5_000))));
    const large = cpuMs(() => read(shape(bait.repeat(40_000))));
    // Eight times as many: what is quadratic takes 64 times as long. The allowance is for the clock and the collector.
    expect(large).toBeLessThan(24 * small + 150);
  }
});

function cpuMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
