import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { adjust, BEGINNING, confine, type Feedback, type Throttle, widthOf } from "../../src/dispatch/throttle.ts";

const MOST = 16;
const at = (width: number, over: Partial<Throttle> = {}): Throttle => ({ ...BEGINNING, width, ...over });
const times = (count: number, throttle: Throttle, feedback: Feedback, most = MOST): Throttle =>
  Array.from({ length: count }).reduce<Throttle>((now) => adjust(now, feedback, now.round, most), throttle);

describe("one answer", () => {
  const cases: [name: string, before: Throttle, feedback: Feedback, after: Partial<Throttle>][] = [
    ["a taken message makes room for one more", at(5), "taken", { width: 6, round: 0 }],
    ["no more than the account allows", at(MOST), "taken", { width: MOST }],
    [
      "after a complaint a whole round has to be taken for one more",
      at(4, { careful: true }),
      "taken",
      { width: 4.25 },
    ],
    ["at full width the complaint is forgotten", at(15.99, { careful: true }), "taken", { width: 16, careful: false }],
    ["421 halves", at(16), "busy", { width: 8, round: 1, careful: true }],
    ["421 halves what was in use, not what had been allowed", at(100), "busy", { width: 8 }],
    ["421 never leads below one", at(1), "busy", { width: 1, round: 1 }],
    ["one 4xx changes nothing", at(8), "deferred", { width: 8, round: 0, deferrals: 1 }],
    ["the fifth 4xx in a row halves", at(8, { deferrals: 4 }), "deferred", { width: 4, round: 1, deferrals: 0 }],
    ["what is taken ends the row", at(8, { deferrals: 4 }), "taken", { deferrals: 0 }],
  ];
  test.each(cases)("%s", (_, before, feedback, after) => {
    expect(adjust(before, feedback, before.round, MOST)).toMatchObject(after);
  });
});

test("all that were under way when the server complained are one complaint", () => {
  let throttle = at(16);
  for (let n = 0; n < 16; n++) throttle = adjust(throttle, "busy", 0, MOST);
  expect(throttle).toMatchObject({ width: 8, round: 1 });
});

test("a server that takes everything has full width after one message for each place", () => {
  expect(times(MOST - BEGINNING.width, BEGINNING, "taken")).toMatchObject({ width: MOST });
});

test("a refused connection confines the account to what the others can carry, and leaves a narrower one alone", () => {
  expect(confine(at(16), 6)).toMatchObject({ width: 6, careful: true });
  expect(confine(at(3), 6)).toEqual(at(3));
  expect(confine(at(3), 0)).toMatchObject({ width: 1 });
});

describe("whatever a server answers", () => {
  const feedback = fc.constantFrom<Feedback>("taken", "deferred", "busy");
  const history = fc.array(fc.record({ feedback, late: fc.nat(2) }), { maxLength: 300 });
  const most = fc.integer({ min: 1, max: 200 });
  const replay = (answers: { feedback: Feedback; late: number }[], limit: number) =>
    answers.reduce((now, { feedback, late }) => adjust(now, feedback, now.round - late, limit), BEGINNING);

  test("the width is a whole number from one to what the account allows", () => {
    fc.assert(
      fc.property(history, most, (answers, limit) => {
        const width = widthOf(replay(answers, limit), limit);
        expect(Number.isInteger(width)).toBe(true);
        expect(width).toBeGreaterThanOrEqual(1);
        expect(width).toBeLessThanOrEqual(limit);
      }),
    );
  });

  test("a complaint never widens, and what is taken never narrows", () => {
    fc.assert(
      fc.property(history, most, (answers, limit) => {
        const throttle = replay(answers, limit);
        const width = widthOf(throttle, limit);
        expect(widthOf(adjust(throttle, "taken", throttle.round, limit), limit)).toBeGreaterThanOrEqual(width);
        for (const bad of ["deferred", "busy"] as const)
          expect(widthOf(adjust(throttle, bad, throttle.round, limit), limit)).toBeLessThanOrEqual(width);
      }),
    );
  });

  test("it grows back to full width once the server takes everything", () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 1, max: 40 }), (answers, limit) => {
        expect(widthOf(times(limit ** 2, replay(answers, limit), "taken", limit), limit)).toBe(limit);
      }),
    );
  });
});
