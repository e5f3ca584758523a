import { expect, test } from "vitest";
import type { Database } from "../../src/db/database.ts";
import { rows } from "../../src/db/database.ts";
import { eachSuppression, listSuppressions } from "../../src/tenancy/suppressions.ts";
import { addSuppressions, type NewSuppression, removeSuppressions } from "../../src/tenancy/suppressions-save.ts";
import { testDatabase } from "../support/database.ts";
import { addTenant, T0 } from "../support/queue.ts";
import { plan, watch } from "../support/statements.ts";

async function tenant(): Promise<Database> {
  const db = await testDatabase();
  await addTenant(db);
  return db;
}

const entry = (address: string, over: Partial<NewSuppression> = {}): NewSuppression => {
  return { address, source: "manual", reason: null, expiresAt: null, ...over };
};

async function listed(db: Database, now = T0): Promise<string[]> {
  const { suppressions } = await listSuppressions(db, { tenantId: "acme", limit: 500 }, now);
  return suppressions.map(({ address }) => address);
}

test("an address is on the list once, however it is spelled, and is shown as it was given last", async () => {
  const db = await tenant();
  expect(await addSuppressions(db, "acme", [entry("Ann@Example.net"), entry("ann@example.NET")], T0)).toEqual({
    added: 1,
    updated: 0,
  });
  expect(await addSuppressions(db, "acme", [entry('"ann"@example.net'), entry("eva@MÜNCHEN.example")], T0)).toEqual({
    added: 1,
    updated: 1,
  });
  expect(await listed(db)).toEqual(["eva@münchen.example", '"ann"@example.net']);
});

test("what is said anew replaces what was said; the message that brought it here is told only where it still is the reason", async () => {
  const db = await tenant();
  await rows(
    db,
    `insert into suppressions (tenant_id, address, source, reason, pk, created_at)
      values ('acme', 'a@example.net', 'bounce', '5.1.1', 'pk-1', :now), ('acme', 'b@example.net', 'bounce', '5.1.1', 'pk-2', :now)`,
    { now: T0 },
  );
  const again = [entry("a@example.net", { source: "bounce", reason: "moved" }), entry("b@example.net")];
  await addSuppressions(db, "acme", again, T0 + 5_000);
  const { suppressions } = await listSuppressions(db, { tenantId: "acme", limit: 5 }, T0);
  expect(suppressions).toMatchObject([
    { address: "b@example.net", source: "manual", reason: null, pk: null, created_ts: T0 / 1000 },
    { address: "a@example.net", source: "bounce", reason: "moved", pk: "pk-1" },
  ]);
});

test("who has expired is not on the list: not shown, not there to be removed, and new when added again", async () => {
  const db = await tenant();
  await addSuppressions(db, "acme", [entry("a@example.net", { expiresAt: T0 + 1_000 })], T0);
  expect(await listed(db, T0 + 999)).toEqual(["a@example.net"]);
  expect(await listed(db, T0 + 1_000)).toEqual([]);
  expect(await addSuppressions(db, "acme", [entry("a@example.net", { expiresAt: T0 + 3_000 })], T0 + 2_000)).toEqual({
    added: 1,
    updated: 0,
  });
  expect(await removeSuppressions(db, "acme", ["a@example.net"], T0 + 3_000)).toEqual({
    removed: 0,
    notFound: ["a@example.net"],
  });
});

test("addresses are taken off in any spelling, and what was not there is told as it was asked for", async () => {
  const db = await tenant();
  await addSuppressions(db, "acme", [entry("ann@example.net"), entry("eva@münchen.example")], T0);
  const asked = ["ANN@example.net", "eva@xn--mnchen-3ya.example", "Bob@example.net", "no address"];
  expect(await removeSuppressions(db, "acme", asked, T0)).toEqual({
    removed: 2,
    notFound: ["Bob@example.net", "no address"],
  });
  expect(await listed(db)).toEqual([]);
});

test("a list of any length goes in and comes out in slices, newest first", async () => {
  const db = await tenant();
  const watched = watch(db);
  const all = Array.from({ length: 2_500 }, (_, n) => entry(`r${n}@example.net`));
  expect(await addSuppressions(watched.db, "acme", all, T0)).toEqual({ added: 2_500, updated: 0 });
  expect(watched.roundTrips).toBe(3);
  const found: string[] = [];
  for await (const page of eachSuppression(db, { tenantId: "acme" }, T0)) {
    expect(page.length).toBeLessThanOrEqual(1_000);
    found.push(...page.map(({ address }) => address));
  }
  expect(found).toEqual(all.map(({ address }) => address).reverse());
});

test("nobody is put on the list of a tenant that is gone", async () => {
  const db = await tenant();
  await addSuppressions(db, "gone", [entry("ann@example.net")], T0);
  expect(await rows(db, "select * from suppressions")).toEqual([]);
});

test("no statement scans the lists of all tenants", async () => {
  const db = await tenant();
  const watched = watch(db);
  await addSuppressions(watched.db, "acme", [entry("ann@example.net")], T0);
  await listSuppressions(watched.db, { tenantId: "acme", limit: 5, q: "ann", source: "manual" }, T0);
  await removeSuppressions(watched.db, "acme", ["ann@example.net"], T0);
  for (const statement of watched.statements) {
    const steps = (await plan(db, statement)).join("\n");
    expect(steps).not.toMatch(/SCAN (s|suppressions)$/m);
    if (statement.sql.includes("order by s.seq")) expect(steps).not.toMatch(/TEMP B-TREE/);
  }
});
