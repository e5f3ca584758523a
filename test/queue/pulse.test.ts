/** The pulse: another text once there is something new to see, the same while there is not, and cheap to read. */
import { expect, test } from "vitest";
import type { Database } from "../../src/db/database.ts";
import { claim } from "../../src/queue/claim.ts";
import { enqueue } from "../../src/queue/enqueue.ts";
import { pauseAccount, recoverAccount } from "../../src/queue/health.ts";
import type { Claimed } from "../../src/queue/message.ts";
import { readPulses } from "../../src/queue/pulse.ts";
import { settle } from "../../src/queue/settle.ts";
import { suspend } from "../../src/queue/suspend.ts";
import { testDatabase } from "../support/database.ts";
import { addAccount, addTenant, LEASE_MS, newMessage, RETENTION_MS, sent, T0 } from "../support/queue.ts";
import { plan, watch } from "../support/statements.ts";

/** A row a tenant, an account or a webhook; of the messages those that are being sent; the newest calls of the command log. */
const SMALL = [
  "accounts",
  "backlog",
  "command_log",
  "directory",
  "mailboxes",
  "messages USING COVERING INDEX messages_sending",
  "syncs",
  "webhooks",
];
const TENANTS = [null, "acme", "other"];

async function opened(): Promise<{ db: Database; account: number }> {
  const db = await testDatabase();
  for (const id of ["acme", "other"]) await addTenant(db, id);
  await addAccount(db, "other");
  return { db, account: await addAccount(db) };
}

/** Whose pulse is another one afterwards. */
async function whoHears(db: Database, happening: () => Promise<unknown>): Promise<(string | null)[]> {
  const before = await readPulses(db, TENANTS, T0);
  await happening();
  const after = await readPulses(db, TENANTS, T0);
  return TENANTS.filter((_, position) => before[position] !== after[position]);
}

test("nothing happens, and nobody hears of it", async () => {
  const { db } = await opened();
  expect(await whoHears(db, async () => undefined)).toEqual([]);
});

test("each thing that a tenant may see changes its pulse and the admin's, and no other tenant's", async () => {
  const { db, account } = await opened();
  const own = [null, "acme"];
  expect(await whoHears(db, () => enqueue(db, [newMessage(account, "m1")], T0))).toEqual(own);
  const wanted = [{ accountKey: account, want: 1 }];
  let claimed: Claimed[] = [];
  const take = async () => {
    ({ claimed } = await claim(db, wanted, T0, LEASE_MS));
  };
  expect(await whoHears(db, take)).toEqual(own);
  expect(
    await whoHears(db, () =>
      settle(
        db,
        claimed.map((one) => sent(one)),
        T0,
        RETENTION_MS,
      ),
    ),
  ).toEqual(own);
  const pause = { accountKey: account, faults: 0, revision: T0, until: T0 + 60_000, error: "connect: refused" };
  expect(await whoHears(db, () => pauseAccount(db, pause, T0))).toEqual(own);
  expect(await whoHears(db, () => recoverAccount(db, account))).toEqual(own);
  expect(await whoHears(db, () => db.client.execute(SYNCED))).toEqual(own);
  const gone = { address: "gone@example.net", spelled: null, source: "manual", reason: null, pk: null } as const;
  expect(await whoHears(db, () => db.client.execute({ sql: SUPPRESSED, args: gone }))).toEqual(own);
});

/** An endpoint that took reports, and an address that is put on the list. */
const SYNCED = `insert into syncs (tenant_id, last_sync_at) values ('acme', ${T0})`;
const SUPPRESSED = `
  insert into suppressions (tenant_id, address, spelled, source, reason, pk, created_at)
  values ('acme', :address, :spelled, :source, :reason, :pk, ${T0})`;

test("a suspension changes the tenant's pulse", async () => {
  const { db } = await opened();
  expect(await whoHears(db, () => suspend(db, "acme", "spring", T0))).toContain("acme");
});

test("a minute that has passed is news to everybody, since ages and plots go on", async () => {
  const { db } = await opened();
  const [before, after] = [await readPulses(db, TENANTS, T0), await readPulses(db, TENANTS, T0 + 60_000)];
  expect(TENANTS.filter((_, position) => before[position] !== after[position])).toEqual(TENANTS);
});

test("it is one round trip, and scans nothing that grows with the messages", async () => {
  const { db } = await opened();
  const watched = watch(db);
  await readPulses(watched.db, [null, "acme"], T0);
  expect(watched.roundTrips).toBe(1);
  const steps = await Promise.all(watched.statements.map((statement) => plan(db, statement)));
  const scans = steps.flat().flatMap((step) => /^SCAN ([a-z].*)$/.exec(step)?.[1] ?? []);
  expect([...new Set(scans)].sort()).toEqual(SMALL);
});
