/** Every target, in the order of the table of runtimes. */
import { binary } from "./binary.ts";
import { deno, node20, node24 } from "./script.ts";
import type { Target } from "./target.ts";
import { workerd } from "./workerd.ts";

export const TARGETS: readonly Target[] = [
  ...[binary, node20, node24, deno].flatMap((runtime) => [runtime("file"), runtime("sqld")]),
  workerd,
];
