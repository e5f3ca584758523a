/** The plans of the statements that run again and again: none of them scans what grows. */
import type { InStatement } from "@libsql/client";
import { expect, test } from "vitest";
import { rows } from "../../../src/db/database.ts";
import { agendaStatements } from "../../../src/reports/due.ts";
import { WEBHOOKS } from "../../../src/reports/webhooks/agenda.ts";
import { claimStatements } from "../../../src/reports/webhooks/claim.ts";
import { INSERT } from "../../../src/reports/webhooks/feed.ts";
import { STATEMENTS as NEWS } from "../../../src/reports/webhooks/news.ts";
import { resultStatements } from "../../../src/reports/webhooks/results.ts";
import { CANDIDATES, pruneDeliveries } from "../../../src/reports/webhooks/retention.ts";
import { endStatements } from "../../../src/reports/webhooks/settle.ts";
import { testDatabase } from "../../support/database.ts";

/** The steps of a statement's plan that touch tables of ours, without the noise of subqueries. */
async function plan(statement: InStatement): Promise<string[]> {
  const { sql, args } = typeof statement === "string" ? { sql: statement, args: [] } : statement;
  const db = await testDatabase();
  const steps = await rows<{ detail: string }>(db, `explain query plan ${sql}`, args ?? []);
  return steps.map(({ detail }) => detail).filter((detail) => /^(SCAN|SEARCH|USE TEMP)/.test(detail));
}

const turn = { webhook: "w", token: 1, tenant: "t", at: 0 };
const call = { seq: 1, number: 101, at: 0, durationMs: 1, isTaken: true, status: 200, answer: null, error: null };
const results = resultStatements(turn, {
  calls: [call],
  delivered: [{ seq: 1, attempts: 1, aside: false, at: 0 }],
  aside: [{ seq: 1, attempts: 1, nextAt: 0 }],
});
const ends = endStatements(turn, { failingSince: 0, failures: 1, down: { restMs: 1, retryAfterMs: 1 }, goOn: true }, 0);
const [take, readWebhook, readLine, readNewest, readAsides] = claimStatements("w", 1, 0);
const [readEvents, readMessages] = NEWS;
const pruning = pruneDeliveries(0, 1);

test.each<[string, InStatement | undefined]>([
  ["reading what happened", readEvents],
  ["reading what it happened to", readMessages],
  ["bringing it into the lines", { sql: INSERT, args: { deliveries: "[]", before: 0, now: 0 } }],
  ["asking which webhooks are due", agendaStatements(WEBHOOKS, 0, 1)[0]],
  ["asking when the next one is", agendaStatements(WEBHOOKS, 0, 1)[1]],
  ["asking about some tenants", agendaStatements(WEBHOOKS, 0, 1, ["t"])[0]],
  ["taking the turn", take],
  ["reading the webhook", readWebhook],
  ["reading the line", readLine],
  ["reading its newest", readNewest],
  ["reading what stands beside it", readAsides],
  ...results.map((statement, n): [string, InStatement] => [`writing results, statement ${n + 1}`, statement]),
  ...ends.map((statement, n): [string, InStatement] => [`ending the turn, statement ${n + 1}`, statement]),
  ["pruning calls", pruning[0]],
  ["pruning deliveries", pruning[1]],
])("%s never scans events, deliveries, calls or messages", async (_, statement) => {
  const steps = await plan(statement!);
  expect(
    steps.filter((step) => /^SCAN (d|e|a|m|events|webhook_deliveries|webhook_attempts|messages)\b/.test(step)),
  ).toEqual([]);
});

test("what happened since is read off the events' own order, unsorted", async () => {
  const steps = await plan(readEvents!);
  expect(steps).toContainEqual(expect.stringMatching(/^SEARCH e USING INTEGER PRIMARY KEY \(rowid>\?\)/));
  expect(steps.join()).not.toContain("TEMP B-TREE");
});

test("the head of a line and its newest are steps into one index, unsorted", async () => {
  for (const statement of [readLine, readNewest]) {
    const steps = await plan(statement!);
    expect(steps).toContainEqual(
      expect.stringMatching(/^SEARCH d USING INDEX webhook_deliveries_state \(webhook=\? AND state=\?\)/),
    );
    expect(steps.join()).not.toContain("TEMP B-TREE");
  }
});

test("when a line is due is one step into the index of what is pending, in the line and beside it", async () => {
  const steps = await plan(agendaStatements(WEBHOOKS, 0, 1, ["t"])[0]);
  const step = /^SEARCH d USING COVERING INDEX webhook_deliveries_due \(webhook=\? AND aside=\?\)/;
  expect(steps.filter((one) => step.test(one)).length).toBeGreaterThanOrEqual(2);
});

test("what counts a failure is found by when it is due", async () => {
  expect(await plan(ends[0]!)).toContainEqual(
    expect.stringMatching(
      /^SEARCH webhook_deliveries USING (COVERING )?INDEX webhook_deliveries_due \(webhook=\? AND aside=\? AND next_at<\?\)/,
    ),
  );
});

test("what retention takes is found by when it was made", async () => {
  expect(await plan({ sql: CANDIDATES, args: { before: 0, limit: 1 } })).toContainEqual(
    expect.stringMatching(/^SEARCH d USING INDEX webhook_deliveries_created \(created_at<\?\)/),
  );
});
