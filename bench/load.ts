/** Adds messages over HTTP on many keep-alive connections at once; as a process of its own it does one run a question. */
import { answerAll } from "./answering.ts";
import { Connection } from "./connection.ts";
import { BatchRequest, type Target } from "./requests.ts";

export interface Run extends Target {
  connections: number;
  /** To be added in all. */
  messages: number;
}

export interface Ran {
  seconds: number;
  cpuMicros: number;
}

/** Ids go on over all runs, so that no message is ever a replacement. */
let nextId = 1;

export async function load({ connections, messages, ...target }: Run): Promise<Ran> {
  const open = await Promise.all(Array.from({ length: connections }, () => Connection.open(target.port)));
  const cpu = process.cpuUsage();
  const begin = performance.now();
  let left = Math.ceil(messages / target.batch);
  await Promise.all(
    open.map(async (connection) => {
      const request = new BatchRequest(target);
      while (left-- > 0) {
        const first = nextId;
        nextId += target.batch;
        await request.send(connection, first);
      }
    }),
  );
  const seconds = (performance.now() - begin) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  for (const connection of open) connection.close();
  return { seconds, cpuMicros: user + system };
}

if (import.meta.main) await answerAll(load);
