import { expect, test } from "vitest";
import { Door } from "../../src/api/door.ts";

const MIB = 1024 * 1024;

test("two callers with all that they may hold leave room for a third", () => {
  const door = new Door(64 * MIB);
  for (const caller of ["a", "b"]) {
    expect(() => {
      for (;;) door.enter(caller).grow(4 * MIB);
    }).toThrow("too much is being read");
  }
  expect(() => door.enter("c").grow(9 * MIB)).not.toThrow();
});

test("what is given back is another's", () => {
  const door = new Door(16 * MIB);
  const pass = door.enter("a");
  pass.grow(15 * MIB);
  expect(() => door.enter("b").grow(2 * MIB)).toThrow("too much is being read");
  pass.leave();
  expect(() => door.enter("b").grow(2 * MIB)).not.toThrow();
});
