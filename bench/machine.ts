/** The machine and the versions that the figures of a run belong to. */
import { availableParallelism, cpus, release, totalmem, type } from "node:os";
import manifest from "../package.json" with { type: "json" };
import { benchConfig } from "./proxy.ts";

export function machine(): string {
  const [cpu] = cpus();
  const { synchronous } = benchConfig("unused");
  return [
    `${availableParallelism()} cores (${cpu?.model.trim() ?? "unknown"})`,
    `${Math.round(totalmem() / 2 ** 30)} GiB of memory`,
    `${type()} ${release()} on ${process.arch}`,
    `Bun ${Bun.version}`,
    `an embedded libSQL file (libsql ${manifest.dependencies.libsql}), SYNCHRONOUS=${synchronous}`,
  ].join(", ");
}
