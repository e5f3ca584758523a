import { expect, test } from "vitest";
import { rows } from "../../src/db/database.ts";
import { claim } from "../../src/queue/claim.ts";
import { enqueue } from "../../src/queue/enqueue.ts";
import { addSuppressions } from "../../src/tenancy/suppressions-save.ts";
import { testDatabase } from "../support/database.ts";
import { addAccount, addTenant, LEASE_MS, newMessage, T0 } from "../support/queue.ts";
import { plan, watch } from "../support/statements.ts";

async function queue(...addresses: string[]) {
  const db = await testDatabase();
  await addTenant(db);
  const account = await addAccount(db);
  const recipients = addresses.map((address) => ({ kind: "to", address }) as const);
  await enqueue(db, [newMessage(account, "m", { recipients })], T0);
  const suppress = (...listed: string[]) =>
    addSuppressions(
      db,
      "acme",
      listed.map((address) => ({ address, source: "manual", reason: null, expiresAt: T0 + 1_000 })),
      T0,
    );
  const watched = watch(db);
  const take = async (now = T0) => {
    const { claimed } = await claim(watched.db, [{ accountKey: account, want: 5 }], now, LEASE_MS);
    return claimed.flatMap(({ recipients }) => recipients.map(({ status, text }) => text ?? status));
  };
  return { db, watched, suppress, take };
}

test("a claim tells who is on the list, in one round trip", async () => {
  const { watched, suppress, take } = await queue("ann@example.net", "Gone@Example.NET", "bob@example.net");
  await suppress("gone@example.net");
  expect(await take()).toEqual(["pending", "suppressed", "pending"]);
  expect(watched.roundTrips).toBe(1);
});

test("an entry counts until it expires, and not from then on", async () => {
  const before = await queue("gone@example.net");
  await before.suppress("gone@example.net");
  expect(await before.take(T0 + 999)).toEqual(["suppressed"]);
  const after = await queue("gone@example.net");
  await after.suppress("gone@example.net");
  expect(await after.take(T0 + 1_000)).toEqual(["pending"]);
});

test("only what SQL cannot compare takes a second look, and only where there is a list", async () => {
  const without = await queue("élise@example.net", "ann@example.net");
  expect(await without.take()).toEqual(["pending", "pending"]);
  expect(without.watched.roundTrips).toBe(1);
  const { watched, suppress, take } = await queue("ÉLISE@example.net", '"gone"@example.net', "ann@münchen.example");
  await suppress("élise@example.net", "gone@example.net", "bob@example.net");
  expect(await take()).toEqual(["suppressed", "suppressed", "pending"]);
  expect(watched.roundTrips).toBe(2);
});

test("what earlier attempts have settled stays as it is", async () => {
  const { db, suppress, take } = await queue("ann@example.net", "bob@example.net");
  const told = [
    ["to", "ann@example.net", "sent", 250, "2.0.0", "ok"],
    ["to", "bob@example.net", "error", 550, "5.1.1", "no such user"],
  ];
  await rows(db, "update messages set recipients = :told", { told: JSON.stringify(told) });
  await suppress("ann@example.net", "bob@example.net");
  expect(await take()).toEqual(["ok", "no such user"]);
});

test("a claim whose answer was lost finds again who is suppressed of those it took", async () => {
  const { db, suppress, take } = await queue("ann@example.net", "gone@example.net");
  await suppress("gone@example.net");
  let isLost = false;
  const { batch } = db.client;
  db.client.batch = async (...given) => {
    const results = await batch.apply(db.client, given);
    if (isLost) return results;
    isLost = true;
    throw Object.assign(new Error("the answer was lost"), { outcome: "unknown" });
  };
  expect(await take()).toEqual(["pending", "suppressed"]);
  expect(isLost).toBe(true);
});

test("a second look whose answer was lost is taken again, since what it is for is under lease", async () => {
  const { db, suppress, take } = await queue("ÉLISE@example.net");
  await suppress("élise@example.net");
  let isLost = false;
  const { execute } = db.client;
  db.client.execute = async (...given: Parameters<typeof execute>) => {
    const result = await execute.apply(db.client, given);
    if (isLost) return result;
    isLost = true;
    throw Object.assign(new Error("the answer was lost"), { outcome: "unknown" });
  };
  expect(await take()).toEqual(["suppressed"]);
  expect(isLost).toBe(true);
});

test("a claim looks each recipient up, however long the list is", async () => {
  const { db, watched, suppress, take } = await queue("élise@example.net");
  await suppress("ann@example.net");
  await take();
  for (const statement of watched.statements.filter(({ sql }) => sql.includes("suppressions"))) {
    const steps = (await plan(db, statement)).join("\n");
    expect(steps).not.toMatch(/SCAN (s|suppressions)\b/);
    expect(steps).toMatch(/SEARCH s USING (COVERING )?INDEX suppressions_address \(tenant_id=\? AND address=\?\)/);
  }
  const [claiming] = watched.statements.filter(({ sql }) => sql.includes("set state = 'sending'"));
  expect((await plan(db, claiming!)).join("\n")).toMatch(
    /SEARCH s USING COVERING INDEX suppressions_\w+ \(tenant_id=\?\)/, // whether there is a list at all
  );
});
