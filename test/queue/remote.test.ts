import { onTestFinished, test } from "vitest";
import { database, rows } from "../../src/db/database.ts";
import { migrate } from "../../src/db/migrate.ts";
import { countLive } from "../../src/queue/backlog.ts";
import { claim } from "../../src/queue/claim.ts";
import { enqueue } from "../../src/queue/enqueue.ts";
import { settle } from "../../src/queue/settle.ts";
import { RemoteClient } from "../../src/runtimes/remote-client.ts";
import { addAccount, addTenant, LEASE_MS, newMessage, RETENTION_MS, sent, T0 } from "../support/queue.ts";
import { startSqld } from "../support/sqld.ts";

test("a libSQL server keeps the backlog and fences a settle as a file does", {
  timeout: 60_000,
}, async ({ expect, skip }) => {
  const server = await startSqld();
  if ("unavailable" in server) return skip(server.unavailable);
  const client = new RemoteClient({ url: server.url, token: undefined });
  onTestFinished(() => client.close());
  const db = database(client);
  await migrate(db, T0);
  await addTenant(db);
  const account = await addAccount(db);
  await enqueue(db, [newMessage(account, "a"), newMessage(account, "b"), newMessage(account, "c")], T0);
  // Some are new and some are not; and a batch comes again, since its answer was lost.
  const later = [newMessage(account, "c"), newMessage(account, "d", { dueAt: T0 + 60_000 })];
  await enqueue(db, later, T0);
  await enqueue(db, later, T0);
  expect(await countLive(db)).toEqual({ scheduled: 1, ready: 3, held: 0, sending: 0 });

  const { claimed } = await claim(db, [{ accountKey: account, want: 2 }], T0, LEASE_MS);
  const [one, two] = claimed.map((own) => sent(own));
  const stolen = { ...two!, token: two!.token + 1 };
  expect(await settle(db, [one!, stolen], T0, RETENTION_MS)).toEqual([stolen]);
  expect(await settle(db, [one!, two!], T0, RETENTION_MS)).toEqual([]); // the first one is settled already, and by us
  expect(await countLive(db)).toEqual({ scheduled: 1, ready: 1, held: 0, sending: 0 });
  expect(await rows(db, "select sum(value) as sent from counters where name = 'gmp_sent_total'")).toMatchObject([
    { sent: 2 },
  ]);
});
