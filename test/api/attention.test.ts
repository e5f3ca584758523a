/** What needs somebody, in sentences that somebody reads: the same for one as for many. */
import { expect, test } from "vitest";
import { reportsAttention, tenantAttention } from "../../src/api/attention-words.ts";

const NOW = Date.UTC(2026, 0, 2);
const REPORTS = { tenantId: "shop", failures: 0, lastError: null, lastOkAt: null, retryAt: null };

test.each([
  [1, "1 message of it waits until it is"],
  [2, "2 messages of it wait until it is"],
])("a tenant that is not active says that %i of its messages waits or wait", (waiting, words) => {
  expect(tenantAttention({ tenantId: "shop", waiting }).reason).toContain(words);
});

test.each([
  [1, "1 report for the tenant has waited for 10 minutes, though"],
  [2, "2 reports for the tenant wait, the oldest for 10 minutes"],
  [1_000, "1,000 reports or more for the tenant wait, the oldest for 10 minutes"],
])("where %i reports are late, the words say so", (waiting, words) => {
  const row = { ...REPORTS, oldest: NOW - 600_000, waiting };
  expect(reportsAttention(row, NOW).reason).toContain(words);
});
