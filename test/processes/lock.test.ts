/** What one connection to a file does while another one, as another process would, holds its lock. */
import { join } from "node:path";
import { createClient } from "@libsql/client";
import { expect, onTestFinished, test } from "vitest";
import { openFile } from "../../src/runtimes/database.ts";
import { temporaryFolder } from "../support/database.ts";

test("a write that finds the file locked succeeds once it is free, and what is read meanwhile does not stay old", async () => {
  const url = `file:${join(temporaryFolder(), "queue.db")}`;
  const ours = await openFile({ url, token: undefined, synchronous: "NORMAL" });
  const theirs = createClient({ url, timeout: 10_000 });
  onTestFinished(() => {
    ours.close();
    theirs.close();
  });
  await ours.execute("create table counts (n integer)");
  await ours.execute("insert into counts values (0)");
  const lock = await theirs.transaction("write");
  const count = async () => (await ours.execute("select n from counts")).rows[0]?.n;

  const single = ours.execute({ sql: "update counts set n = n + :more returning n", args: { more: 1 } });
  const grouped = ours.batch(["update counts set n = n + 1", "select n from counts"], "write");
  expect(await count()).toBe(0); // of its own turn of the event loop, so both writes have found the lock by now
  await lock.execute("update counts set n = 10");
  await lock.commit();

  await Promise.all([single, grouped]);
  expect(await count()).toBe(12);
});
