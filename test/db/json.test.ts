import { expect, test } from "vitest";
import { json, rows } from "../../src/db/database.ts";
import { testDatabase } from "../support/database.ts";

test.each([
  ["a\ud800b", "a\ufffdb"],
  ["\udc00", "\ufffd"],
  ["a whole 😀", "a whole 😀"],
  ["a backslash \\ud800", "a backslash \\ud800"],
  ["both \\\ud800", "both \\\ufffd"],
])("%j is read back from SQLite as %j", async (given, expected) => {
  const db = await testDatabase();
  const [row] = await rows(db, "select value->>0 as text from json_each(:list)", { list: json([[given]]) });
  expect(row).toEqual({ text: expected });
});
