import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { hashToken, newToken, sameHash } from "../../src/security/tokens.ts";

test("a token carries its prefix and 256 random bits, and travels in a header as it is", () => {
  const tokens = new Set(Array.from({ length: 100 }, () => newToken("mpk_")));
  expect(tokens.size).toBe(100);
  for (const token of tokens) expect(token).toMatch(/^mpk_[A-Za-z0-9_-]{43}$/);
});

test("a token's hash is the SHA-256 of its UTF-8", async () => {
  expect(hashToken("tökén")).toBe(createHash("sha256").update("tökén").digest("hex"));
});

test.each([
  ["abc", "abc", true],
  ["abc", "abd", false],
  ["abc", "bbc", false],
  ["abc", "ab", false],
  ["abc", "abcd", false],
  ["", "a", false],
  ["a", "", false],
  ["", "", true],
])("hashes %j and %j are the same: %j", (a, b, same) => {
  expect(sameHash(a, b)).toBe(same);
});
