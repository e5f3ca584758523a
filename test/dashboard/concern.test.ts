/** What each thing that needs somebody is called, where it leads, and the button that mends it. */
import { expect, test } from "vitest";
import type { Attention } from "../../src/client/types.ts";
import { concernOf, mendOf, momentOf, placeOf, waitOf } from "../../src/dashboard/overview/concern.ts";

const NOBODY = { tenant_id: null, account_id: null, webhook_id: null, batch_code: null, since_ts: null, waiting: null };
const BACK = "/dashboard?range=day";

function attention(of: Pick<Attention, "kind" | "action"> & Partial<Attention>): Attention {
  return { ...NOBODY, reason: "in words", ...of };
}

const ACCOUNT = { tenant_id: "a/b", account_id: "main?" };
const ACCOUNT_PAGE = "/dashboard/accounts/a%2Fb/main%3F";
const TENANT = { tenant_id: "a/b" };
const TENANT_PAGE = "/dashboard/tenants/a%2Fb";
const WEBHOOK = { ...TENANT, webhook_id: "w#1" };
const WEBHOOK_PAGE = "/dashboard/webhooks/w%231";

const CASES: [Parameters<typeof attention>[0], string, string | undefined, object | undefined][] = [
  [{ kind: "no_worker", action: null }, "Nobody sends", undefined, undefined],
  [
    { kind: "waiting_long", action: "run_now", ...ACCOUNT },
    "A message waits for long",
    ACCOUNT_PAGE,
    { to: "/dashboard/tenants/run-now", fields: { tenant_id: "a/b", back: BACK } },
  ],
  [
    { kind: "account_paused", action: "resume", ...ACCOUNT },
    "Account main? of tenant a/b is paused",
    ACCOUNT_PAGE,
    { to: "/dashboard/accounts/resume", fields: { tenant_id: "a/b", id: "main?", back: BACK } },
  ],
  [
    { kind: "account_failing", action: "test", ...ACCOUNT },
    "Account main? of tenant a/b fails",
    ACCOUNT_PAGE,
    { to: "/dashboard/accounts/test", fields: { tenant_id: "a/b", id: "main?", back: BACK } },
  ],
  [
    { kind: "tenant_inactive", action: "edit", ...TENANT },
    "Tenant a/b is not active",
    TENANT_PAGE,
    { href: TENANT_PAGE },
  ],
  [
    { kind: "batch_suspended", action: "activate", ...TENANT },
    "Tenant a/b is suspended",
    TENANT_PAGE,
    { to: "/dashboard/tenants/activate", fields: { tenant_id: "a/b", back: BACK } },
  ],
  [
    { kind: "batch_suspended", action: "activate", ...TENANT, batch_code: "spring" },
    "Batch spring of tenant a/b is suspended",
    TENANT_PAGE,
    { to: "/dashboard/tenants/activate", fields: { tenant_id: "a/b", batch_code: "spring", back: BACK } },
  ],
  [
    { kind: "limit_reached", action: "edit", ...ACCOUNT },
    "Account main? of tenant a/b has reached its limit",
    ACCOUNT_PAGE,
    { href: ACCOUNT_PAGE },
  ],
  [
    { kind: "limit_reached", action: "edit", ...TENANT },
    "Tenant a/b has reached its limit",
    TENANT_PAGE,
    { href: TENANT_PAGE },
  ],
  [
    { kind: "tenant_endpoint_failing", action: "run_now", ...TENANT },
    "Tenant a/b takes no reports",
    TENANT_PAGE,
    { to: "/dashboard/tenants/run-now" },
  ],
  [{ kind: "reports_waiting", action: null, ...TENANT }, "Reports of tenant a/b wait", TENANT_PAGE, undefined],
  [
    { kind: "webhook_disabled", action: "enable", ...WEBHOOK },
    "A webhook of tenant a/b is disabled",
    WEBHOOK_PAGE,
    { to: "/dashboard/webhooks/enable", fields: { tenant_id: "a/b", id: "w#1", back: BACK } },
  ],
  [
    { kind: "webhook_failing", action: "test", ...WEBHOOK },
    "A webhook of tenant a/b takes nothing",
    WEBHOOK_PAGE,
    { href: WEBHOOK_PAGE },
  ],
  [
    { kind: "mailbox_failing", action: "retry" },
    "The mailbox for bounces cannot be read",
    undefined,
    { to: "/dashboard/settings/read-mailboxes" },
  ],
  [
    { kind: "mailbox_failing", action: "edit", ...ACCOUNT },
    "The mailbox of account main? of tenant a/b cannot be read",
    ACCOUNT_PAGE,
    { href: ACCOUNT_PAGE },
  ],
];

test.each(CASES)("%o is told as: %s", (of, title, place, mend) => {
  const one = attention(of);
  expect(concernOf(one, true).title).toBe(title);
  expect(placeOf(one)).toBe(place);
  if (mend === undefined) expect(mendOf(one, BACK, true)).toBeUndefined();
  else expect(mendOf(one, BACK, true)).toMatchObject(mend);
});

const WAITS: [Attention["kind"], number | null, string | undefined][] = [
  ["account_paused", 1, "1 message waits because of it"],
  ["account_failing", 12, "12 messages wait because of it"],
  ["batch_suspended", 1_000, "1,000 or more messages wait because of it"],
  ["tenant_endpoint_failing", 2, "2 reports wait because of it"],
  ["webhook_failing", 2, "2 events wait because of it"],
  ["webhook_disabled", 2, "2 events from before wait until it is enabled"],
  ["webhook_disabled", 1, "1 event from before waits until it is enabled"],
  ["webhook_disabled", 0, undefined],
  ["mailbox_failing", null, undefined],
];

test.each(WAITS)("of %s, for which %s wait, is said: %s", (kind, waiting, words) => {
  expect(waitOf(attention({ kind, action: null, waiting }))).toBe(words);
});

test("a number that stands in the reason is not told twice", () => {
  for (const kind of ["tenant_inactive", "reports_waiting"] as const)
    expect(waitOf(attention({ kind, action: null, waiting: 2 }))).toBeUndefined();
});

test("the moment of what fails is when it last worked, or last failed, and else when it began", () => {
  const told = (kind: Attention["kind"]) => momentOf(attention({ kind, action: null }));
  expect(told("account_failing")).toBe("Last fault");
  expect(told("tenant_endpoint_failing")).toBe("Last worked");
  expect(told("mailbox_failing")).toBe("Last read");
  expect(told("webhook_disabled")).toBe("Since");
});

test("to a tenant its own name is not repeated, and the instance's mailbox is not its to read anew", () => {
  expect(concernOf(attention({ kind: "account_paused", action: null, ...ACCOUNT }), false).title).toBe(
    "Account main? is paused",
  );
  expect(mendOf(attention({ kind: "mailbox_failing", action: "retry" }), BACK, false)).toBeUndefined();
});
