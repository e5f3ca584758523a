/** The build that Node and Deno run. */
import { join } from "node:path";
import { DENO, fetchProgram, NODE_24 } from "../../support/programs.ts";
import { build } from "./build.ts";
import { launchService } from "./service.ts";
import { type DatabaseKind, lacksOf, type Target } from "./target.ts";

const NODE_20 = ["node@20.20.2"];
const SCRIPT = "mail-proxy.mjs";

/** Node 20, which the tests themselves may be running on. */
export function node20(database: DatabaseKind): Target {
  const here = process.versions.node.startsWith("20.") && process.versions.bun === undefined;
  return script(
    "node 20",
    database,
    NODE_20,
    here ? async () => process.execPath : () => fetchProgram(NODE_20, "node"),
  );
}

export function node24(database: DatabaseKind): Target {
  return script("node 24", database, NODE_24, () => fetchProgram(NODE_24, "node"));
}

export function deno(database: DatabaseKind): Target {
  return script("deno", database, DENO, () => fetchProgram(DENO, "deno"), "run", "-A");
}

function script(
  runtime: Target["runtime"],
  database: DatabaseKind,
  packages: readonly string[],
  program: () => Promise<string | undefined>,
  ...flags: string[]
): Target {
  return {
    runtime,
    database,
    lacks: lacksOf(database),
    async prepare(atEnd) {
      const path = await program();
      if (path === undefined) return { unavailable: `${packages} cannot be had on this machine` };
      return launchService(path, ...flags, join(await build(atEnd, "--node"), SCRIPT));
    },
  };
}
