/** A statement binds what it names: a server refuses anything else, and so does the file of every test. */
import { expect, test } from "vitest";
import { testDatabase } from "../support/database.ts";

test("what a server would refuse fails on the file of a test, by its names", async () => {
  const { client } = await testDatabase();
  const sql = "select :a as a, ':text' as b -- :comment";
  expect((await client.execute({ sql, args: { a: 1 } })).rows).toMatchObject([{ a: 1, b: ":text" }]);
  await expect(client.execute({ sql, args: { a: 1, more: 2 } })).rejects.toThrow("bound, and not used: more");
  await expect(client.batch([{ sql, args: {} }], "write")).rejects.toThrow("named, and not bound: a");
  await expect(client.execute("select ?", [1, 2])).rejects.toThrow("2 values for 1 places");
});
