import stringWidth from "string-width";
import { expect, test } from "vitest";
import { csv } from "../../src/cli/csv.ts";
import { didYouMean } from "../../src/cli/nearest.ts";
import { shortened, table } from "../../src/cli/table.ts";
import { hasColours, visible, widthOf } from "../../src/cli/terminal.ts";

const MESSAGES = [
  {
    id: "order-2026-11-21-000019",
    status: "sent",
    priority: 2,
    to: "bob@example.com",
    subject: "Your order has left us",
  },
  {
    id: "order-2026-11-21-000018",
    status: "error",
    priority: 2,
    to: "花子@example.jp",
    subject: "ご注文ありがとうございます",
  },
];
const PLAIN = { width: undefined, colours: false };

const lines = (text: string) => text.split("\n");

test("where no terminal reads, a table is as wide as it is", () => {
  const wide = [{ id: "x".repeat(500), at: new Date(0) }];
  expect(lines(table(wide, PLAIN))[1]).toBe(`${"x".repeat(500)}  1970-01-01T00:00:00Z`);
});

test.each([120, 80, 60, 40, 20])("no line is wider than a terminal of %i columns", (width) => {
  const spare = ["priority", "subject"];
  for (const line of lines(table(MESSAGES, { width, colours: false, spare }))) {
    expect(stringWidth(line)).toBeLessThanOrEqual(width);
  }
});

test("the columns of a table stand under each other, also where characters are two columns wide", () => {
  const [header = "", first = "", second = ""] = lines(table(MESSAGES, PLAIN));
  const at = (line: string, text: string) => stringWidth(line.slice(0, line.indexOf(text)));
  expect(at(first, "Your")).toBe(at(header, "SUBJECT"));
  expect(at(second, "ご注文")).toBe(at(header, "SUBJECT"));
});

test("the least useful column goes first, and what is left is told apart", () => {
  const [header = "", first = "", second = ""] = lines(
    table(MESSAGES, { width: 50, colours: false, spare: ["priority", "to"] }),
  );
  expect(header).toMatch(/^ID +STATUS +TO +SUBJECT$|^ID +STATUS +SUBJECT$/);
  expect(first).not.toBe(second);
  expect(first).toMatch(/^order\S*…\S*19 /);
});

test.each([
  ["order-2026-11-21-000019", 12, "order-…00019"],
  ["Your order has left us", 12, "Your order …"],
  ["ありがとうございます", 7, "あり…す"],
  ["👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 5, "👩‍👩‍👧‍👦…👩‍👩‍👧‍👦"],
  ["short", 5, "short"],
])("%s in %i columns", (text, width, expected) => {
  expect(shortened(text, width)).toBe(expected);
  expect(stringWidth(shortened(text, width))).toBeLessThanOrEqual(width);
});

test("states are coloured, and only where colours are wanted", () => {
  expect(table(MESSAGES, { width: 200, colours: true })).toContain("\u001b[32msent");
  expect(table(MESSAGES, { width: 200, colours: true })).toContain("\u001b[31merror");
  expect(table(MESSAGES, { width: 200, colours: false })).not.toContain("\u001b");
});

test.each([
  ["a terminal", { isTTY: true, columns: 80 }, { TERM: "xterm" }, true],
  ["NO_COLOR", { isTTY: true, columns: 80 }, { TERM: "xterm", NO_COLOR: "1" }, false],
  ["an empty NO_COLOR", { isTTY: true, columns: 80 }, { TERM: "xterm", NO_COLOR: "" }, true],
  ["a dumb terminal", { isTTY: true, columns: 80 }, { TERM: "dumb" }, false],
  ["a pipe", { isTTY: false, columns: 80 }, { TERM: "xterm" }, false],
])("colours: %s", (_, stream, environment, expected) => {
  expect(hasColours(stream, environment)).toBe(expected);
  expect(widthOf(stream)).toBe(stream.isTTY ? 80 : undefined);
});

test("escape sequences, C1 controls and turned writing directions are not passed on", () => {
  expect(visible("a\u001b[31mb\u009b31mc\u202ed\re\u0007f\u2028g")).toBe("a�[31mb�31mc�d�e�f�g");
  expect(table([{ subject: "\u001b]0;title\u0007" }], PLAIN)).toBe("SUBJECT\n�]0;title�");
});

test("CSV quotes what it must, keeps moments exact, and no cell is a formula to a spreadsheet", () => {
  const row = { subject: 'Say "hi",\nBob', at: new Date(1_700_000_000_000), n: -1, none: null };
  expect(csv(["subject", "at", "n", "none"], [row])).toBe(
    'subject,at,n,none\r\n"Say ""hi"",\nBob",2023-11-14T22:13:20Z,-1,',
  );
  const formulas = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1"];
  for (const subject of formulas) expect(csv(["subject"], [{ subject }])).toContain(`\n'${subject}`.slice(0, 6));
});

test.each([
  ["lst", ["list", "show"], " (did you mean list?)"],
  ["TENANT", ["tenants", "token"], " (did you mean tenants?)"],
  ["xyzzy", ["list", "show"], ""],
  ["a", ["zz"], ""],
])("the nearest of what there is: %s", (word, candidates, expected) => {
  expect(didYouMean(word, candidates)).toBe(expected);
});
