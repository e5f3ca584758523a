import fc from "fast-check";
import { expect, test } from "vitest";
import { ACCOUNTS_PER_PASS, type Claimant, shareOut } from "../../src/dispatch/shares.ts";
import { UNLIMITED } from "../../src/queue/limits.ts";
import { candidate } from "./candidate.ts";

const MIB = 1024 * 1024;
const CAPACITY = 64 * MIB;

function claimant(accountKey: number, over: { tenantId?: string; slots?: number; room?: number; bytes?: number } = {}) {
  const { tenantId = `tenant-${accountKey}`, slots = UNLIMITED, room = 50, bytes = 0 } = over;
  const account = candidate({ accountKey, tenantId, accountId: `account-${accountKey}`, slots, limitSlots: slots });
  return { account, room, bytes };
}

const divide = (claimants: Claimant[], turn = 0, inMemory = 0) => {
  const { shares, ...rest } = shareOut(claimants, turn, CAPACITY, inMemory);
  return { ...rest, shares: shares.map(({ account, want, bytes }) => ({ key: account.accountKey, want, bytes })) };
};
const keys = (claimants: Claimant[], turn = 0) => divide(claimants, turn).shares.map(({ key }) => key);

test("an account without slots or room has no share", () => {
  expect(keys([claimant(1, { slots: 0 }), claimant(2), claimant(3, { room: 0 })])).toEqual([2]);
});

test("accounts of one tenant under a limit share its slots", () => {
  const limited = [1, 2, 3].map((key) => claimant(key, { tenantId: "acme", slots: 20 }));
  expect(divide([...limited, claimant(4)]).shares.map(({ want }) => want)).toEqual([7, 7, 7, 50]);
});

test("of a single slot each has its turn", () => {
  const limited = [1, 2, 3].map((key) => claimant(key, { tenantId: "acme", slots: 1 }));
  const firsts: (number | undefined)[] = [];
  for (let turn = 0, pass = 0; pass < 6; pass++) {
    const { shares, next } = divide(limited, turn);
    firsts.push(shares[0]?.key);
    turn = next;
  }
  expect(firsts).toEqual([1, 2, 3, 1, 2, 3]);
});

test("a pass serves a bounded number of accounts, and passes serve all of them in turn", () => {
  const many = Array.from({ length: 3 * ACCOUNTS_PER_PASS - 10 }, (_, n) => claimant(n + 1));
  const served: number[] = [];
  for (let turn = 0, pass = 0; pass < 3; pass++) {
    const { shares, next } = divide(many, turn);
    expect(shares).toHaveLength(ACCOUNTS_PER_PASS);
    served.push(...shares.map(({ key }) => key));
    turn = next;
  }
  expect(new Set(served).size).toBe(many.length);
});

test("an account alone fills half of the memory, and the next one finds room", () => {
  expect(divide([claimant(1)]).shares).toMatchObject([{ bytes: 32 * MIB }]);
  expect(divide([claimant(1, { bytes: 32 * MIB })], 0, 32 * MIB).shares).toEqual([]);
  expect(divide([claimant(2)], 0, 32 * MIB).shares).toMatchObject([{ bytes: 16 * MIB }]);
});

test("where others fill the memory an account with nothing in it still has one message, and others wait", () => {
  const full = divide([claimant(1, { bytes: 40 * MIB }), claimant(2)], 0, 70 * MIB);
  expect(full.shares).toMatchObject([{ key: 2, bytes: 1 }]);
  expect(full.starved).toBe(true);
});

test("at twice the capacity nobody has a share", () => {
  expect(divide([claimant(1)], 0, 2 * CAPACITY)).toMatchObject({ shares: [], starved: true });
});

test("shares never promise more memory than is free, but for one message each", () => {
  const held = fc.integer({ min: 0, max: 40 * MIB });
  fc.assert(
    fc.property(fc.array(held, { minLength: 1, maxLength: 100 }), (bytes) => {
      const inMemory = bytes.reduce((sum, one) => sum + one, 0);
      const { shares } = divide(
        bytes.map((own, n) => claimant(n + 1, { bytes: own })),
        0,
        inMemory,
      );
      const promised = shares.reduce((sum, share) => sum + share.bytes, 0);
      expect(promised).toBeLessThanOrEqual(Math.max(0, CAPACITY - inMemory) + ACCOUNTS_PER_PASS);
    }),
  );
});
