/** The table of runtimes says what the conformance suite promises: every promise, every target, and nothing else. */
import { expect, test } from "vitest";
import { page } from "../support/pages.ts";
import { CHAPTERS } from "./promises/index.ts";
import { binary } from "./targets/binary.ts";
import { TARGETS } from "./targets/index.ts";
import { nameOf } from "./targets/target.ts";
import { ProxyUnderTest } from "./under-test.ts";

const WHOLE_LINES = /^## (.*)$|^\| (.*) \|$/gm;

/** What stands under each heading of the page: rows of cells, the ruler left out. */
function tables(): Record<string, string[][]> {
  const found: Record<string, string[][]> = {};
  let rows: string[][] = [];
  for (const [, heading, row] of page("docs/runtimes.md").matchAll(WHOLE_LINES)) {
    if (heading !== undefined) found[heading] = rows = [];
    else if (!/^-+ \|/.test(row!)) rows.push(row!.split(" | ").map((cell) => cell.trim()));
  }
  return found;
}

function promised(declare: (typeof CHAPTERS)[string]): string[] {
  const names: string[] = [];
  declare({ proxy: new ProxyUnderTest(binary("file")), promise: (name) => names.push(name) });
  return names;
}

test("the page has a table for each chapter, a column for each target and a row for each promise", () => {
  const columns = ["", ...TARGETS.map(nameOf)];
  const expected = Object.entries(CHAPTERS).map(([chapter, declare]) => [chapter, columns, promised(declare)]);
  const written = Object.entries(tables()).map(([chapter, [head, ...rows]]) => [
    chapter,
    head,
    rows.map(([name]) => name),
  ]);
  expect(written).toEqual(expected);
});

test("a promise is kept, or the page says why not", () => {
  const cells = Object.values(tables()).flatMap(([, ...rows]) => rows.flatMap(([, ...results]) => results));
  expect(cells.filter((cell) => !/^(yes|no: .+|not run: .+)$/.test(cell))).toEqual([]);
});
