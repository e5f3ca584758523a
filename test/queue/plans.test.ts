import { expect, test } from "vitest";
import { countLive } from "../../src/queue/backlog.ts";
import { claim, renew } from "../../src/queue/claim.ts";
import { enqueue } from "../../src/queue/enqueue.ts";
import { deferHead } from "../../src/queue/holdback.ts";
import { type Filter, listMessages, oldestReadyAt } from "../../src/queue/list.ts";
import { look } from "../../src/queue/look.ts";
import type { NewMessage } from "../../src/queue/message.ts";
import { settle } from "../../src/queue/settle.ts";
import { testDatabase } from "../support/database.ts";
import { addAccount, addTenant, LEASE_MS, newMessage, RETENTION_MS, sent, T0, wakeDue } from "../support/queue.ts";
import { plan, watch } from "../support/statements.ts";

interface Plan {
  sql: string;
  steps: string[];
}

/** By a Message-ID that its application has chosen. */
function named(message: NewMessage): NewMessage {
  return { ...message, content: { ...message.content, message_id: `<${message.id}@shop.example>` } };
}

/** Every statement of the hot path and its plan. */
async function hotPath(): Promise<Plan[]> {
  const db = await testDatabase();
  await addTenant(db);
  const account = await addAccount(db, "acme", { limit_per_minute: 100 });
  const watched = watch(db);
  await enqueue(
    watched.db,
    Array.from({ length: 50 }, (_, n) => newMessage(account, `m${n}`)),
    T0,
  );
  await enqueue(watched.db, [named(newMessage(account, "m0")), named(newMessage(account, "new"))], T0);
  await look(watched.db, T0);
  const { claimed } = await claim(watched.db, [{ accountKey: account, want: 20 }], T0, LEASE_MS);
  await renew(watched.db, claimed, T0, LEASE_MS);
  await settle(
    watched.db,
    claimed.map((c) => ({ ...sent(c), receiptDueAt: T0 })),
    T0,
    RETENTION_MS,
  );
  await deferHead(watched.db, account, T0 + 60_000, T0, 5);
  await wakeDue(watched.db, T0, 100);
  await listMessages(watched.db, { tenantId: "acme", limit: 10 });
  return Promise.all(
    watched.statements.map(async (statement) => ({ sql: statement.sql, steps: await plan(db, statement) })),
  );
}

test("no statement of the hot path scans a table that grows with the queue", async () => {
  for (const { sql, steps } of await hotPath()) {
    for (const step of steps) {
      expect(step, sql).not.toMatch(
        /SCAN (messages|m|r|payloads|events|grants|g|x|message_ids|notices|pec_waits|s|suppressions)($| (?!VIRTUAL|USING INDEX messages_live))/,
      );
    }
  }
});

const pins: [what: string, fragment: string, step: RegExp][] = [
  [
    "a claim walks the ready index of its account",
    "set state = 'sending'",
    /SEARCH r USING (COVERING )?INDEX messages_ready \(account_key=\?\)/,
  ],
  [
    "in flight is counted on an index of its own",
    "set state = 'sending'",
    /USING COVERING INDEX messages_sending \(account_key=\?\)/,
  ],
  [
    "a window is summed over the account's own grants",
    "set state = 'sending'",
    /SEARCH g USING PRIMARY KEY \(account_key=\? AND at>\?\)/,
  ],
  [
    "the accounts with something ready are found by one look each",
    "with recursive waiting",
    /SEARCH r USING COVERING INDEX messages_ready \(account_key>\?\)/,
  ],
  [
    "the next wake is the first entry of an index",
    "order by wake_at limit 1",
    /SCAN messages USING INDEX messages_live/,
  ],
  ["what is due is a range of an index", "wake_at <= :now", /USING INDEX messages_live \(wake_at<\?\)/],
  [
    "a settled message is found by its number",
    "finished_at = :now, deferred_at = null",
    /SEARCH messages USING INTEGER PRIMARY KEY \(rowid=\?\)/,
  ],
];
test.each(pins)("%s", async (_, fragment, step) => {
  const found = (await hotPath()).filter(({ sql }) => sql.includes(fragment));
  expect(found.length).toBeGreaterThan(0);
  for (const { steps } of found) expect(steps.join("\n")).toMatch(step);
});

const pages: [what: string, filter: Partial<Filter>, step: RegExp][] = [
  ["the newest messages are the end of the table", {}, /^SCAN m$/],
  ["a tenant's messages are a range of its index", { tenantId: "acme" }, /SEARCH m USING INDEX messages_tenant/],
  ["a batch's are looked for there", { tenantId: "acme", batchCode: "june" }, /SEARCH m USING INDEX messages_tenant/],
  ["and an account's", { tenantId: "acme", accountId: "default" }, /SEARCH m USING INDEX messages_tenant/],
  ["and those of a time", { tenantId: "acme", since: T0, until: T0 + 1 }, /SEARCH m USING INDEX messages_tenant/],
  [
    "what was canceled has an index of its own",
    { status: "canceled" },
    /SEARCH m USING INDEX messages_failed \(state=\?\)/,
  ],
  ["what failed has an index of its own", { status: "error" }, /SEARCH m USING INDEX messages_failed \(state=\?\)/],
  [
    "a few that wait are found by the index of what is live",
    { status: "pending" },
    /SCAN messages USING (COVERING )?INDEX messages_live/,
  ],
  ["what is active is found the same way", { activeOnly: true }, /SCAN messages USING (COVERING )?INDEX messages_live/],
];
test.each(pages)("a page costs the same with a million messages: %s", async (_, filter, step) => {
  const db = await testDatabase();
  const watched = watch(db);
  await listMessages(watched.db, { ...filter, limit: 10 });
  const steps = await plan(db, watched.statements.at(-1)!);
  expect(steps.some((own) => step.test(own))).toBe(true);
  if (filter.activeOnly !== true && filter.status !== "pending")
    expect(steps.join("\n")).not.toMatch(/TEMP B-TREE FOR ORDER BY/);
});

test("the figures of the queue are kept or found by look-ups, not counted", async () => {
  const db = await testDatabase();
  const watched = watch(db);
  await countLive(watched.db);
  await oldestReadyAt(watched.db);
  for (const statement of watched.statements) {
    const steps = (await plan(db, statement)).join("\n");
    expect(steps).not.toMatch(/SCAN (messages|m)($| (?!USING COVERING INDEX messages_sending))/m);
  }
});

test("enqueue is one round trip, and a pass that claims is three: look, claim, settle", async () => {
  const db = await testDatabase();
  await addTenant(db);
  const account = await addAccount(db);
  const watched = watch(db);
  await enqueue(watched.db, [newMessage(account, "a"), newMessage(account, "b")], T0);
  expect(watched.roundTrips).toBe(1);
  watched.roundTrips = 0;
  const {
    candidates: [candidate],
  } = await look(watched.db, T0);
  const { claimed } = await claim(watched.db, [{ accountKey: candidate!.accountKey, want: 10 }], T0, LEASE_MS);
  await settle(
    watched.db,
    claimed.map((c) => sent(c)),
    T0,
    RETENTION_MS,
  );
  expect(watched.roundTrips).toBe(3);
});
