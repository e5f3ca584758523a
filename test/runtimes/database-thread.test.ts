import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { temporaryFolder } from "../support/database.ts";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

test("the database thread keeps order, values and error codes, and ends with its client", {
  timeout: 60_000,
}, async () => {
  const file = join(temporaryFolder(), "queue.db");
  const { stdout } = await promisify(execFile)(at("../../node_modules/.bin/bun"), [at("./database-thread.ts"), file]);
  expect(JSON.parse(stdout)).toEqual({
    inserted: 50,
    counted: [50, 2],
    whole: true,
    wrong: "SQLITE_CONSTRAINT",
    after: 1,
    pending: expect.stringMatching(/^(done|CLIENT_CLOSED)$/),
    late: "CLIENT_CLOSED",
  });
});
