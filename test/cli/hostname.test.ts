import { expect, test } from "vitest";
import { hostName } from "../../src/runtimes/hostname.ts";

test.each(["mail", "mx1.example.com", "a-b.c", "127"])("%s is a name for EHLO", (name) => {
  expect(hostName(name)).toBe(name);
});

test.each(["", "my_host", "-a", "a-", "a..b", "Ännes-mac", "a b", "x".repeat(64)])(
  "%j becomes an address literal",
  (name) => {
    expect(hostName(name)).toBe("[127.0.0.1]");
  },
);
