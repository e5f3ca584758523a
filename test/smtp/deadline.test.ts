/** One timer bounds every wait of a connection: each in its own time, whatever waits came before it. */
import { expect, test } from "vitest";
import { Deadline, TimedOut } from "../../src/smtp/deadline.ts";

const never = new Promise<never>(() => undefined);

test("a wait ends with what it waits for", async () => {
  const deadline = new Deadline();
  expect(await deadline.within(Promise.resolve("ok"), 1_000, "nothing")).toBe("ok");
  await expect(deadline.within(Promise.reject(new Error("broken")), 1_000, "nothing")).rejects.toThrow("broken");
});

test("a wait ends in its time, be it shorter or longer than the one before", async () => {
  const deadline = new Deadline();
  await deadline.within(Promise.resolve(), 60_000, "nothing");
  await expect(deadline.within(never, 30, "no reply")).rejects.toThrow(new TimedOut("no reply within 30 ms"));
  await deadline.within(Promise.resolve(), 20, "nothing");
  const started = performance.now();
  await expect(deadline.within(never, 150, "no reply")).rejects.toBeInstanceOf(TimedOut);
  expect(performance.now() - started).toBeGreaterThan(140);
});

test("a wait that is over does not end the next one", async () => {
  const deadline = new Deadline();
  await deadline.within(Promise.resolve(), 20, "nothing");
  const next = new Promise((resolve) => setTimeout(resolve, 100, "in time"));
  expect(await deadline.within(next, 10_000, "nothing")).toBe("in time");
});

test("what is given up waits no longer, and whoever waits afterwards has a bound again", async () => {
  const deadline = new Deadline();
  const wait = deadline.within(never, 60_000, "nothing");
  deadline.end();
  await expect(wait).rejects.toThrow("given up");
  await expect(deadline.within(never, 30, "no reply")).rejects.toBeInstanceOf(TimedOut);
});
