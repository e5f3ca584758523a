/** Both ends of a message's way in one process, under one clock: adds a message, and is the SMTP server that takes it. */
import { answerAll, tell } from "../answering.ts";
import { Connection } from "../connection.ts";
import { BatchRequest } from "../requests.ts";
import type { Door } from "../server.ts";
import { startSink } from "../sink.ts";

interface Letters extends Door {
  messages: number;
}

let added = 0;
let taken = () => {};
const sink = startSink(() => taken());

/** Milliseconds from each request to the 250 of its message; the next begins when the last is answered and taken. */
async function correspond({ messages, ...door }: Letters): Promise<number[]> {
  const connection = await Connection.open(door.port);
  const request = new BatchRequest({ ...door, batch: 1 });
  const waits: number[] = [];
  for (let n = 0; n < messages; n++) {
    const arrival = new Promise<number>((resolve) => (taken = () => resolve(performance.now())));
    const begin = performance.now();
    await request.send(connection, added++);
    waits.push((await arrival) - begin);
  }
  connection.close();
  return waits;
}

tell({ port: sink.port });
await answerAll(correspond);
sink.stop();
