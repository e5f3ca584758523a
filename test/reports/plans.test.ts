import type { InStatement } from "@libsql/client";
import { expect, test } from "vitest";
import { rows } from "../../src/db/database.ts";
import { TENANTS } from "../../src/reports/agenda.ts";
import { claimStatements } from "../../src/reports/claim.ts";
import { agendaStatements } from "../../src/reports/due.ts";
import { CANDIDATES, PAGES, removal } from "../../src/reports/retention.ts";
import { answeredStatements } from "../../src/reports/settle.ts";
import { testDatabase } from "../support/database.ts";

/** The steps of a statement's plan that touch tables of ours, without the noise of subqueries. */
async function plan(statement: InStatement): Promise<string[]> {
  const { sql, args } = typeof statement === "string" ? { sql: statement, args: [] } : statement;
  const db = await testDatabase();
  const steps = await rows<{ detail: string }>(db, `explain query plan ${sql}`, args ?? []);
  return steps.map(({ detail }) => detail).filter((detail) => /^(SCAN|SEARCH|USE TEMP)/.test(detail));
}

const [take, choose, readTurn, readEvents] = claimStatements("t", 1, 0);
const [acknowledge, tellAgain, endWell] = answeredStatements(
  { tenant: "t", token: 1, eventIds: [1] },
  { refused: [], callAgain: false, idleDueAt: 0 },
  0,
);
const [removeMessages, removePayloads, removeEvents, removeNotices, removeWaits, removeIds] = removal(
  "[]",
  "wake_at <= :moment",
  0,
);
const page = { after: 0, tenant: "t", limit: 1 };

test.each<[string, InStatement | undefined]>([
  ["asking which tenants are due", agendaStatements(TENANTS, 0, 1)[0]],
  ["asking when the next one is", agendaStatements(TENANTS, 0, 1)[1]],
  ["asking about some tenants", agendaStatements(TENANTS, 0, 1, ["t"])[0]],
  ["taking the turn", take],
  ["choosing the events", choose],
  ["reading the turn", readTurn],
  ["reading the events", readEvents],
  ["acknowledging", acknowledge],
  ["putting refused events off", tellAgain],
  ["ending the turn", endWell],
  ["finding what may be swept", { sql: CANDIDATES, args: { now: 0, limit: 1 } }],
  ["removing messages", removeMessages],
  ["removing payloads", removePayloads],
  ["removing events", removeEvents],
  ["removing notices", removeNotices],
  ["removing waits", removeWaits],
  ["removing Message-IDs", removeIds],
  ["paging through one tenant's messages", { sql: PAGES.ofTenant, args: page }],
])("%s never scans messages or what hangs on them", async (_, statement) => {
  const steps = await plan(statement!);
  expect(steps.length).toBeGreaterThan(0);
  expect(
    steps.filter((step) => /^SCAN (m|e|messages|events|syncs|s|payloads|notices|pec_waits|message_ids)\b/.test(step)),
  ).toEqual([]);
});

test("the oldest unreported events come straight off their index, unsorted", async () => {
  const steps = await plan(choose!);
  expect(steps).toContainEqual(
    expect.stringMatching(/^SEARCH e USING (COVERING )?INDEX events_unreported \(tenant_id=\? AND report_at<\?\)/),
  );
  expect(steps.join()).not.toContain("TEMP B-TREE FOR ORDER BY");
});

test("the next thing to tell a tenant is one step into that index", async () => {
  expect(await plan(agendaStatements(TENANTS, 0, 1)[0])).toContainEqual(
    expect.stringMatching(/^SEARCH e USING COVERING INDEX events_unreported \(tenant_id=\?/),
  );
});

test("what may be swept is found by the index of finished messages", async () => {
  expect(await plan({ sql: CANDIDATES, args: { now: 0, limit: 1 } })).toEqual([
    expect.stringMatching(/^SEARCH messages USING (COVERING )?INDEX messages_finished \(wake_at<\?\)/),
  ]);
});
