/** A server under load: one measurement is the messages of a run over its time, and the CPU time that the server spent on them. */
import type { Child } from "./child.ts";
import type { Ran } from "./load.ts";
import type { Sample } from "./rounds.ts";

/** Where to knock, with which token. */
export interface Door {
  port: number;
  token: string;
}

/** What any server of the benchmarks answers. */
export interface Cost {
  /** CPU time spent so far. */
  cpuMicros: number;
  /** Resident memory. */
  residentBytes: number;
}

export interface Load {
  generator: Child;
  messages: number;
  connections: number;
  batch: number;
}

/** Ready to be measured: it has been warmed up. */
export async function underLoad(server: Child, load: Load): Promise<() => Promise<Sample>> {
  const { generator, messages, connections, batch } = load;
  const door = await server.news<Door>();
  const run = { ...door, batch, connections };
  await generator.ask<Ran>({ ...run, messages: Math.ceil(messages / 4) });
  return async () => {
    const before = await server.ask<Cost>();
    const { seconds } = await generator.ask<Ran>({ ...run, messages });
    const after = await server.ask<Cost>();
    return { rate: messages / seconds, cpuMicros: (after.cpuMicros - before.cpuMicros) / messages };
  };
}
