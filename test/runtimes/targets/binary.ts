/** The compiled binary. */
import { join } from "node:path";
import { build } from "./build.ts";
import { launchService } from "./service.ts";
import { type DatabaseKind, lacksOf, type Target } from "./target.ts";

const NAME = process.platform === "win32" ? "mail-proxy.exe" : "mail-proxy";

export function binary(database: DatabaseKind): Target {
  return {
    runtime: "binary",
    database,
    lacks: lacksOf(database),
    prepare: async (atEnd) => launchService(join(await build(atEnd), NAME)),
  };
}
