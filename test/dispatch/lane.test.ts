/** A lane by itself: who waits for attachments stands aside, and joins the line where it belongs. */
import { expect, test } from "vitest";
import { Lane } from "../../src/dispatch/lane.ts";
import { Places } from "../../src/dispatch/places.ts";
import type { Claimed } from "../../src/queue/message.ts";
import { candidate } from "./candidate.ts";

function claimed(seq: number, priority = 2): Claimed {
  const names = { pk: String(seq), tenantId: "acme", id: `m${seq}`, requestId: null, accountKey: 1 };
  const moments = {
    leaseUntil: Number.MAX_SAFE_INTEGER,
    createdAt: 0,
    dueAt: null,
    expiresAt: Number.MAX_SAFE_INTEGER,
  };
  const content = { from: "app@example.com", to: [], subject: "" };
  return { seq, token: seq, ...names, ...moments, priority, attempts: 0, size: 1, content, recipients: [] };
}

/** A lane that begins nothing until it may; those whose `seq` is in `incomplete` wait for `complete`. */
function lane(incomplete: readonly number[]) {
  const begun: number[] = [];
  const waiting = new Map<Claimed, (isReady: boolean) => void>();
  let open = false;
  let quiet = 0;
  const own = new Lane(candidate(), {
    places: new Places(100),
    most: () => 100,
    batch: () => 50,
    send: async ({ seq }) => void begun.push(seq),
    isIncomplete: ({ seq }) => incomplete.includes(seq),
    prepare: (one) => new Promise((resolve) => waiting.set(one, resolve)),
    mayBegin: () => open,
    short: () => undefined,
    quiet: () => {
      quiet += 1;
    },
  });
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return {
    own,
    begun,
    quiet: () => quiet,
    async complete(seq: number, isReady = true) {
      for (const [one, resolve] of waiting) if (one.seq === seq) resolve(isReady);
      await turn();
    },
    async begin() {
      open = true;
      own.fill();
      await turn();
    },
  };
}

test("those that are complete overtake those that are not", async () => {
  const { own, begun, begin, complete } = lane([1, 2]);
  own.add([claimed(1), claimed(2), claimed(3)]);
  await begin();
  expect(begun).toEqual([3]);
  await complete(2);
  expect(begun).toEqual([3, 2]);
});

test("whoever becomes complete joins the line where it belongs, by priority and age", async () => {
  const { own, begun, begin, complete } = lane([1, 2, 5]);
  own.add([claimed(1), claimed(2), claimed(3), claimed(4), claimed(5, 0)]);
  for (const seq of [2, 5, 1]) await complete(seq);
  await begin();
  expect(begun).toEqual([5, 1, 2, 3, 4]);
});

test("those that wait aside are under lease, count as in line, and are given back with it", async () => {
  const { own, begun, begin, complete, quiet } = lane([1, 2]);
  own.add([claimed(1), claimed(2), claimed(3)]);
  expect(own.inLine).toBe(3);
  expect(own.leased().map(({ seq }) => seq)).toEqual([3, 1, 2]);
  expect(own.clear().map(({ seq }) => seq)).toEqual([3, 1, 2]);
  await complete(1);
  await begin();
  expect(begun).toEqual([]);
  expect([own.inLine, quiet()]).toEqual([0, 1]);
});

test("one that has had its outcome, or is another's now, never joins the line", async () => {
  const { own, begun, begin, complete } = lane([1, 2]);
  const lost = claimed(2);
  own.add([claimed(1), lost]);
  await complete(1, false);
  expect(own.drop(lost)).toBe(true);
  await complete(2);
  await begin();
  expect(begun).toEqual([]);
});

test("with so many aside no more is claimed, and there is room again as they end", async () => {
  const all = Array.from({ length: 800 }, (_, n) => n + 1);
  const { own, complete } = lane(all);
  own.add(all.map((seq) => claimed(seq)));
  expect(own.room).toBe(0);
  await complete(1, false);
  expect(own.room).toBe(1);
});
