/** The page for operators tells every fault as the tests run it. */
import { expect, test } from "vitest";
import { page } from "../support/pages.ts";
import { faultTables, misbehaviours } from "./page.ts";

const PAGE = "docs/delivery.md";

test("docs/delivery.md shows the table of faults as it is run", () => {
  expect(lines(between("faults"))).toEqual(lines(faultTables()));
  expect(lines(between("misbehaviours"))).toEqual(lines(misbehaviours()));
});

function between(mark: string): string {
  const [, shown = ""] = new RegExp(`<!-- ${mark}: .* -->\n([\\s\\S]*?)\n<!-- /${mark} -->`).exec(page(PAGE)) ?? [];
  return shown;
}

/** Without the padding that a formatter gives to cells, and without the rulers of tables. */
function lines(markdown: string): string[] {
  const rows = markdown.split("\n").filter((line) => /[^|\s-]/.test(line));
  return rows.map((row) => row.replace(/ *\| */g, "|").trim());
}
