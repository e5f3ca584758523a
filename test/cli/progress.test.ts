import { expect, test } from "vitest";
import { progressLine, startProgress } from "../../src/cli/progress.ts";

function aTerminal(columns = 80) {
  const written: string[] = [];
  return { written, isTTY: true, columns, write: (text: string) => written.push(text) };
}

function aClock() {
  const clock = { ms: 0, now: () => clock.ms };
  return clock;
}

test("what is over within a second gets no bar", () => {
  const [screen, clock] = [aTerminal(), aClock()];
  const progress = startProgress("replay", 100, screen, clock.now);
  clock.ms = 999;
  progress.to(99);
  progress.end();
  expect(screen.written).toEqual([]);
});

test("what takes longer gets one that moves on, and that is gone at the end", () => {
  const [screen, clock] = [aTerminal(), aClock()];
  const progress = startProgress("replay", 1000, screen, clock.now);
  clock.ms = 2000;
  progress.to(250);
  progress.to(251);
  clock.ms = 2100;
  progress.to(500, 2000);
  progress.end();
  expect(screen.written).toEqual([
    "\r\u001b[Kreplay [######------------------]  25% 250 of 1000, 6 s left",
    "\r\u001b[Kreplay [######------------------]  25% 500 of 2000, 7 s left",
    "\r\u001b[K",
  ]);
});

test("a bar never wraps, and one without a total only counts", () => {
  const [screen, clock] = [aTerminal(20), aClock()];
  const progress = startProgress("replay", 1000, screen, clock.now);
  clock.ms = 2000;
  progress.to(1);
  expect(screen.written[0]).toBe("\r\u001b[Kreplay [-----------");
  expect(progressLine("cleanup", 500, undefined, 2000)).toBe("cleanup 500");
  expect(progressLine("cleanup", 5, 5, 2000)).toBe("cleanup [########################] 100% 5 of 5");
});

test("a file or a pipe gets no bar", () => {
  const [screen, clock] = [aTerminal(), aClock()];
  const progress = startProgress("replay", 1000, { ...screen, isTTY: false }, clock.now);
  clock.ms = 5000;
  progress.to(1);
  progress.end();
  expect(screen.written).toEqual([]);
});
