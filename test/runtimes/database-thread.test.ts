import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { temporaryFolder } from "../support/database.ts";
import { BUN } from "../support/programs.ts";
import { RUNTIMES } from "./runtimes.ts";
import { build } from "./targets/build.ts";

const CLIENT = fileURLToPath(new URL("./database-thread.ts", import.meta.url));
const exec = promisify(execFile);

/** The client beside the thread, where Node and Deno find both and libSQL's driver. */
let built: string;
beforeAll(async () => {
  let remove: () => unknown = () => undefined;
  const folder = await build((end) => {
    remove = end;
  }, "--node");
  built = join(folder, "client.mjs");
  await exec(BUN, ["build", "--target", "node", "--external", "libsql", "--outfile", built, CLIENT]);
  return () => void remove();
});

const ON_BUN = { name: "Bun", command: async () => [BUN], script: () => CLIENT };

test.for([ON_BUN, ...RUNTIMES.map((runtime) => ({ ...runtime, script: () => built }))])(
  "the database thread keeps order, values and error codes, and ends with its client, on $name",
  {
    timeout: 60_000,
  },
  async ({ name, command, script }, { skip }) => {
    const [program, ...words] = (await command()) ?? [];
    if (program === undefined) return skip(`${name} cannot be had on this machine`);
    const { stdout } = await exec(program, [...words, script(), join(temporaryFolder(), "queue.db")]);
    expect(JSON.parse(stdout)).toEqual({
      inserted: 50,
      counted: [50, 2],
      whole: true,
      wrong: "SQLITE_CONSTRAINT",
      after: 1,
      pending: expect.stringMatching(/^(done|CLIENT_CLOSED)$/),
      late: "CLIENT_CLOSED",
    });
  },
);
