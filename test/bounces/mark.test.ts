/** Marks in return paths: each comes back as it went out, and nobody else can make one. */
import fc from "fast-check";
import { v7 as uuid } from "uuid";
import { describe, expect, test } from "vitest";
import { Marks, patternFault } from "../../src/bounces/mark.ts";
import { generateKey, openVault } from "../../src/security/vault.ts";

const PATTERN = "bounces+*@example.com";
const marks = new Marks(await openVault(generateKey()));
const patterns = fc.constantFrom(
  PATTERN,
  "*@bounces.example.com",
  "b.*-x@example.com",
  '"odd *"@example.com',
  "b-*@bücher.example",
);

describe("a mark", () => {
  test("comes back as the message it stands for, by every pattern", () =>
    fc.assert(
      fc.asyncProperty(fc.uuid(), patterns, async (pk, pattern) => {
        const address = await marks.returnPath(pattern, pk);
        expect(await marks.read(pattern, address)).toEqual({ pk });
        expect(await marks.returnPath(pattern, pk)).toBe(address);
      }),
    ));

  test("survives a server that folds case, and one that writes another sign for the +", async () => {
    const pk = uuid();
    const address = await marks.returnPath(PATTERN, pk);
    for (const seen of [address.toUpperCase(), address.replace("+", "-"), address.replace("+", "=")])
      expect(await marks.read(PATTERN, seen)).toEqual({ pk });
    const local = address.slice(0, address.lastIndexOf("@"));
    expect(local).toBe(local.toLowerCase());
  });

  test("with any one character changed, added or taken away is forged, or none", () =>
    fc.assert(
      fc.asyncProperty(
        fc.uuid(),
        fc.nat(),
        fc.constantFrom(..."0123456789abcdefghijklmnopqrstuvwxyz+.-ü"),
        fc.constantFrom(0, 1),
        fc.constantFrom(0, 1),
        async (pk, place, sign, taken, added) => {
          const address = await marks.returnPath(PATTERN, pk);
          const at = place % address.length;
          const changed = address.slice(0, at) + sign.repeat(added) + address.slice(at + taken);
          fc.pre(changed !== address && !(address[at] === "+" && ".-".includes(sign) && taken === 1 && added === 1));
          expect([undefined, "forged"]).toContainEqual(await marks.read(PATTERN, changed));
        },
      ),
      { numRuns: 500 },
    ));

  test("made with another key, or put together from two, is forged", async () => {
    const others = new Marks(await openVault(generateKey()));
    expect(await marks.read(PATTERN, await others.returnPath(PATTERN, uuid()))).toBe("forged");
    const [one, other] = [await marks.returnPath(PATTERN, uuid()), await marks.returnPath(PATTERN, uuid())];
    expect(await marks.read(PATTERN, one.slice(0, 34) + other.slice(34))).toBe("forged");
  });

  test("is looked for in its own place only", () =>
    fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.emailAddress()), patterns, async (address, pattern) => {
        expect(await marks.read(pattern, address)).toBeUndefined();
      }),
    ));

  test("of another pattern, or where there is none, is no mark", async () => {
    const address = await marks.returnPath(PATTERN, uuid());
    for (const pattern of ["returns+*@example.com", "bounces+*@example.org", "*@example.com", "bounces@example.com"])
      expect(await marks.read(pattern, address)).toBeUndefined();
  });

  test("leaves a local part that every server takes", async () => {
    const longest = `${"b".repeat(10)}*${"c".repeat(12)}@example.com`;
    expect(patternFault(longest)).toBeUndefined();
    const address = await marks.returnPath(longest, uuid());
    expect(address.lastIndexOf("@")).toBe(64); // RFC 5321 4.5.3.1.1
  });
});

describe("a pattern", () => {
  test.each(["bounces@example.com", PATTERN, "*@bounces.example.com", "bounces+*@bücher.example"])(
    "%s is one",
    (pattern) => {
      expect(patternFault(pattern)).toBeUndefined();
    },
  );

  test.each([
    ["a*b*@example.com", "may have one * only"],
    ["bounces@*.example.com", "the domain is not a domain name"],
    ["bounces+*", "an @ is missing"],
    ["*", "an @ is missing"],
    ["", "an @ is missing"],
    [`${"b".repeat(23)}*@example.com`, "may have 22 octets beside the *"],
    ["ü*@example.com", "must be ASCII before the @"],
    [`${"b".repeat(65)}@example.com`, "may have 64 octets"],
    ["a b*@example.com", "is not allowed unless in quotes"],
    ["*@nowhere_at.all", "the domain is not a domain name"],
    [`*@${"a.".repeat(110)}example`, "is too long for a mark"],
  ])("%s is none: %s", (pattern, fault) => {
    expect(patternFault(pattern)).toContain(fault);
  });

  test("without a place for a mark is the return path of every message", async () => {
    expect(await marks.returnPath("bounces@example.com", uuid())).toBe("bounces@example.com");
    expect(await marks.read("bounces@example.com", "bounces@example.com")).toBeUndefined();
  });
});
