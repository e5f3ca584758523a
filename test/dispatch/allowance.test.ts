/** What a drain may still begin: requests are promised before they are made, and never twice. */
import { expect, test } from "vitest";
import { Allowance, type Need } from "../../src/dispatch/allowance.ts";

const AT_ONCE = 4;
/** To end with, and for what each message being sent may still need. */
const RESERVED = 16 + 2 * AT_ONCE;
const never = new AbortController().signal;
const some = (least: number, most = least): Need => ({ least, most });

/** An allowance with so many requests left for anything but to end. */
function allowance(free: number, most = 50) {
  let left = RESERVED + free;
  const requests = {
    get left() {
      return left;
    },
    count() {
      left -= 1;
    },
  };
  const use = (count: number) => {
    left -= count;
  };
  return { own: new Allowance(requests, most, AT_ONCE), use };
}

test("requests that are promised to one message are neither promised to another nor sent with", async () => {
  const { own, use } = allowance(20);
  expect(await own.promise(some(12), never)).toBe("now");
  let second: string | undefined;
  const waiting = own.promise(some(12), never).then((word) => {
    second = word;
  });
  use(8);
  await new Promise((resolve) => setImmediate(resolve));
  expect(second).toBeUndefined();
  expect(own).toMatchObject({ maySend: true, mayBegin: true });
  use(1);
  expect(own).toMatchObject({ maySend: false, mayBegin: true });
  // It took less than it might have, and is ready to be sent.
  own.keep(some(12));
  await waiting;
  expect(second).toBe("later");
  expect(own).toMatchObject({ maySend: true, mayBegin: true });
});

test("who waited for another's promise goes when enough of it is left", async () => {
  const { own, use } = allowance(20);
  await own.promise(some(12), never);
  const waiting = own.promise(some(12), never);
  use(3);
  own.keep(some(12));
  expect(await waiting).toBe("now");
});

test("alone, a message goes with what it needs at least", async () => {
  const { own } = allowance(10);
  expect(await own.promise(some(8, 30), never)).toBe("now");
});

test("what would need more than is left waits for the next drain: no more is claimed, what stands in line goes", async () => {
  const { own } = allowance(10);
  own.limit(100);
  expect(own.claimable).toBe(100);
  expect(await own.promise(some(11), never)).toBe("later");
  expect(own).toMatchObject({ claimable: 0, mayBegin: true, maySend: true, usedUp: "requests to others" });
});

test("what would need more than any invocation has is told so", async () => {
  const { own } = allowance(10);
  expect(await own.promise(some(50 - RESERVED - 4), never)).toBe("later");
  expect(await allowance(10).own.promise(some(50 - RESERVED - 3), never)).toBe("never");
});

test("who gives up waiting for a promise ends nothing", async () => {
  const { own } = allowance(20);
  own.limit(100);
  await own.promise(some(20), never);
  const giving = new AbortController();
  const waiting = own.promise(some(5), giving.signal);
  giving.abort();
  expect(await waiting).toBe("later");
  own.keep(some(20));
  expect(own.claimable).toBe(100);
});

test("a service has no such bounds", async () => {
  const own = new Allowance(undefined, 50, AT_ONCE);
  for (let n = 0; n < 100; n++) expect(await own.promise(some(1_000), never)).toBe("now");
  expect(own).toMatchObject({ mayBegin: true, maySend: true, usedUp: undefined });
});
