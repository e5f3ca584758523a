/** The runtimes that run what is built for Node and Deno. */
import { DENO, fetchProgram, NODE_24 } from "../support/programs.ts";

export interface Runtime {
  name: string;
  /** The words before the script; undefined where it cannot be had on this machine. */
  command(): Promise<string[] | undefined>;
}

export const DENO_RUNTIME: Runtime = { name: "Deno", command: () => fetched(DENO, "deno", "run", "-A") };

export const RUNTIMES: Runtime[] = [
  { name: "Node", command: async () => [process.execPath] },
  { name: "Node 24", command: () => fetched(NODE_24, "node") },
  DENO_RUNTIME,
];

async function fetched(packages: string[], name: string, ...flags: string[]): Promise<string[] | undefined> {
  const program = await fetchProgram(packages, name);
  return program === undefined ? undefined : [program, ...flags];
}
