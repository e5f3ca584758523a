/** Messages that need the same file: one fetches, the others wait for it, and nobody for long. */
import { expect, test } from "vitest";
import { Turns } from "../../src/attachments/turns.ts";

const never = new AbortController().signal;
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Work that is at it until it is told to end. */
function queue() {
  const turns = new Turns();
  const come: string[] = [];
  const ends = new Map<string, () => void>();
  const passes = new Map<string, () => void>();
  const enter = (name: string, key: string, signal = never) =>
    turns.take(key, signal, (pass) => {
      come.push(name);
      passes.set(name, pass);
      return new Promise<void>((resolve) => ends.set(name, resolve));
    });
  return { come, enter, end: (name: string) => ends.get(name)!(), pass: (name: string) => passes.get(name)!() };
}

test("who needs what another fetches waits for that, and whoever needs something else does not", async () => {
  const { come, enter, end } = queue();
  void enter("first", "a");
  void enter("second", "a");
  void enter("other", "b");
  await turn();
  expect(come).toEqual(["first", "other"]);
  end("first");
  await turn();
  expect(come).toEqual(["first", "other", "second"]);
});

test("all who waited go at once: of a silent server nobody waits in line", async () => {
  const { come, enter, end } = queue();
  void enter("first", "a");
  for (let n = 0; n < 10; n++) void enter(`m${n}`, "a");
  await turn();
  end("first");
  await turn();
  expect(come).toHaveLength(11);
  void enter("late", "a");
  await turn();
  expect(come).toHaveLength(11);
  end("m0");
  await turn();
  expect(come).toHaveLength(12);
});

test("who waits for something else lets the others pass, and does not end what one of them has begun", async () => {
  const { come, enter, end, pass } = queue();
  const first = enter("first", "a");
  void enter("second", "a");
  await turn();
  pass("first");
  await turn();
  expect(come).toEqual(["first", "second"]);
  void enter("third", "a");
  end("first");
  await first;
  await turn();
  expect(come).toEqual(["first", "second"]);
});

test("who gives up does not wait for another's end", async () => {
  const { come, enter } = queue();
  void enter("first", "a");
  const giving = new AbortController();
  const gone = enter("gone", "a", giving.signal);
  giving.abort(new Error("no more"));
  await expect(gone).rejects.toThrow("no more");
  expect(come).toEqual(["first"]);
});
