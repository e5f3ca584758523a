/** The application of a tenant: adds messages as long as few of them are unreported, and takes the reports about them. */
import { answerAll, tell } from "../answering.ts";
import { Connection } from "../connection.ts";
import { startEndpoint } from "../endpoint.ts";
import { BatchRequest } from "../requests.ts";
import type { Door } from "../server.ts";

const BATCH = 100;
/** At most so many messages are between their request and their report. */
const BACKLOG = 5_000;

interface Feed extends Door {
  messages: number;
}

let added = 0;
let reported = 0;
let news = () => {};
const endpoint = startEndpoint((sum) => {
  reported = sum;
  news();
});

/** Settles once all of the messages are reported as sent. */
async function feed({ messages, ...door }: Feed): Promise<{ seconds: number }> {
  const begin = performance.now();
  const connection = await Connection.open(door.port);
  const request = new BatchRequest({ ...door, batch: BATCH });
  const end = added + messages;
  while (reported < end) {
    if (added < end && added - reported < BACKLOG) {
      await request.send(connection, added);
      added += BATCH;
    } else await new Promise<void>((resolve) => (news = resolve));
  }
  connection.close();
  return { seconds: (performance.now() - begin) / 1000 };
}

tell({ port: endpoint.port });
await answerAll(feed);
await endpoint.stop();
