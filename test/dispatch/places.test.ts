import { expect, test } from "vitest";
import { type Holder, mayTake, Places } from "../../src/dispatch/places.ts";

const proven = true;

test("an account alone has about half of the places", () => {
  expect(mayTake({ held: 266, proven }, 266, 500)).toBe(true);
  expect(mayTake({ held: 267, proven }, 267, 500)).toBe(false);
});

test("where places are very few an account may have all but as many as others can still take", () => {
  expect(mayTake({ held: 0, proven }, 0, 1)).toBe(true);
  expect(mayTake({ held: 2, proven }, 2, 4)).toBe(true);
  expect(mayTake({ held: 3, proven }, 3, 4)).toBe(false);
});

test("an account that holds none finds a place as long as there is one", () => {
  expect(mayTake({ held: 0, proven }, 499, 500)).toBe(true);
  expect(mayTake({ held: 0, proven }, 500, 500)).toBe(false);
});

test("any number of accounts whose servers have yet to answer leave the last tenth alone", () => {
  expect(mayTake({ held: 0, proven: false }, 449, 500)).toBe(true);
  expect(mayTake({ held: 0, proven: false }, 450, 500)).toBe(false);
  expect(mayTake({ held: 0, proven }, 450, 500)).toBe(true);
});

test("where half of the places are taken an account whose server has yet to answer has one of them", () => {
  expect(mayTake({ held: 1, proven: false }, 249, 500)).toBe(true);
  expect(mayTake({ held: 1, proven: false }, 250, 500)).toBe(false);
  expect(mayTake({ held: 1, proven }, 250, 500)).toBe(true);
});

/** Takes as many places as it can, up to `wanted`. */
class Greedy implements Holder {
  held = 0;
  readonly proven = true;
  constructor(
    private readonly places: Places,
    public wanted: number,
  ) {}
  fill(): void {
    while (this.held < this.wanted && this.places.take(this)) this.held += 1;
  }
  leave(): void {
    this.held -= 1;
    this.places.leave();
  }
}

test("whoever comes late is served though those before want more than there is", () => {
  const places = new Places(100);
  const early = Array.from({ length: 10 }, () => new Greedy(places, 1_000));
  for (const account of early) account.fill();
  const late = new Greedy(places, 1_000);
  late.fill();
  expect(late.held).toBeGreaterThan(0);
});

test("a place that is left goes to whoever waits for it", () => {
  const places = new Places(2);
  const [one, two] = [new Greedy(places, 2), new Greedy(places, 1)];
  one.fill();
  two.fill();
  expect([one.held, two.held]).toEqual([2, 0]);
  one.leave();
  expect([one.held, two.held]).toEqual([1, 1]);
});

test("a place that one who waited does not want any more goes to the next", () => {
  const places = new Places(1);
  const [one, two, three] = [new Greedy(places, 1), new Greedy(places, 1), new Greedy(places, 1)];
  for (const account of [one, two, three]) account.fill();
  two.wanted = 0; // its line was given back meanwhile
  one.wanted = 0;
  one.leave();
  expect([one.held, two.held, three.held]).toEqual([0, 0, 1]);
});
