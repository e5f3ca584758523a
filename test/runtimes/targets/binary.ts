/** The compiled binary. */
import { binaryUnderTest } from "../../support/build.ts";
import { launchService } from "./service.ts";
import { type DatabaseKind, lacksOf, type Target } from "./target.ts";

export function binary(database: DatabaseKind): Target {
  return {
    runtime: "binary",
    database,
    lacks: lacksOf(database),
    prepare: async () => launchService(binaryUnderTest()),
  };
}
