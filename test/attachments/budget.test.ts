/** Bytes in memory over all messages: fair, bounded, and never at a standstill. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Budget, type Holding } from "../../src/attachments/budget.ts";

const never = new AbortController().signal;

/** Whether the bytes were granted by now. */
async function takes(holding: Holding, bytes: number): Promise<boolean> {
  let isGranted = false;
  void holding.grow(bytes, never).then(() => {
    isGranted = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  return isGranted;
}

test("one account leaves something for the others, and has more once they are done", async () => {
  const budget = new Budget(90, 0);
  const first = budget.open(1);
  expect(await takes(first, 60)).toBe(true);
  first.complete();
  const second = budget.open(1);
  expect(await takes(second, 10)).toBe(false);
  expect(await takes(budget.open(2), 20)).toBe(true);
  first.release();
  await new Promise((resolve) => setImmediate(resolve));
  expect(second.bytes).toBe(10);
});

test("messages that hold a part each and wait for the rest come through one after the other", async () => {
  const budget = new Budget(100, 0);
  const messages = [1, 1, 2, 2, 3, 3].map((account) => ({ holding: budget.open(account), account }));
  const done: number[] = [];
  await Promise.all(
    messages.map(async ({ holding, account }) => {
      for (let part = 0; part < 10; part++) await holding.grow(15, never);
      holding.complete();
      await new Promise((resolve) => setTimeout(resolve, 5));
      holding.release();
      done.push(account);
    }),
  );
  expect(done).toHaveLength(6);
  expect(budget.held).toBe(0);
});

test("an account whose server takes nothing keeps waiting only itself, and not more than one message over its share", async () => {
  const budget = new Budget(100, 0);
  const stuck = budget.open(1);
  await stuck.grow(66, never);
  stuck.complete();
  for (let n = 0; n < 5; n++) expect(await takes(budget.open(1), 20)).toBe(false);
  for (const account of [2, 3, 4]) expect(await takes(budget.open(account), 40)).toBe(true);
});

test("a message that needs more than all of it goes, alone; one that needs twice as much never", async () => {
  const budget = new Budget(100, 0);
  const large = budget.open(1);
  expect(await takes(large, 150)).toBe(true);
  await expect(large.grow(51, never)).rejects.toThrow("more than 200 bytes");
});

test("the largest attachment goes, however small the budget is", async () => {
  expect(await takes(new Budget(100, 1_000).open(1), 1_000)).toBe(true);
});

test("who gives up waiting leaves the line", async () => {
  const budget = new Budget(100, 0);
  const first = budget.open(1);
  await first.grow(60, never);
  first.complete();
  const giving = new AbortController();
  const second = budget.open(1);
  const waiting = second.grow(60, giving.signal);
  giving.abort(new Error("no more"));
  await expect(waiting).rejects.toThrow("no more");
  second.release();
  first.release();
  expect(budget.held).toBe(0);
});

test("accounts whose servers take nothing fill no more than the budget twice", async () => {
  const budget = new Budget(100, 0);
  for (let account = 0; account < 50; account++) {
    const holding = budget.open(account);
    if (await takes(holding, 60)) holding.complete();
  }
  expect(budget.held).toBeLessThanOrEqual(200);
});

test("an account with something complete keeps no other from being the eldest", async () => {
  const budget = new Budget(100, 0);
  const stuck = budget.open(1);
  await stuck.grow(60, never);
  stuck.complete();
  expect(await takes(budget.open(1), 60)).toBe(false);
  const partly = budget.open(2);
  await partly.grow(60, never);
  await budget.open(3).grow(70, never);
  expect(await takes(partly, 80)).toBe(true);
});

const LARGEST = 60;
const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 6 });
const traffic = fc.array(fc.record({ account: fc.nat(4), parts: sizes, sendTurns: fc.nat(5) }), { maxLength: 40 });

test("whatever comes, and in whatever pieces, all of it goes through, and the bound holds at every moment", async () => {
  await fc.assert(
    fc.asyncProperty(traffic, fc.integer({ min: 10, max: 100 }), async (messages, capacity) => {
      const budget = new Budget(capacity, LARGEST);
      const most = 2 * capacity + Math.max(2 * capacity, LARGEST);
      const turn = () => new Promise((resolve) => setImmediate(resolve));
      const travel = async ({ account, parts, sendTurns }: (typeof messages)[number]) => {
        const holding = budget.open(account);
        try {
          for (const bytes of parts) {
            await holding.grow(bytes, never);
            expect(budget.held).toBeLessThanOrEqual(most);
            await turn();
          }
          holding.complete();
          for (let n = 0; n < sendTurns; n++) await turn();
        } catch (error) {
          // Only what is too much for one message is refused.
          expect(String(error)).toContain("more than");
          expect(parts.reduce((sum, bytes) => sum + bytes)).toBeGreaterThan(Math.max(2 * capacity, LARGEST));
        }
        holding.release();
      };
      await Promise.all(messages.map(travel));
      expect(budget.held).toBe(0);
    }),
    { numRuns: 150 },
  );
});
