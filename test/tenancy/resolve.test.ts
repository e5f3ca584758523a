import { expect, test } from "vitest";
import { type Known, type KnownAccount, resolveAccount, type Wanted } from "../../src/tenancy/resolve.ts";

const UNSAID = { priority: null, allowedSenders: null, tenantSenders: null };

/** `{ acme: ["main", "news"] }`; a tenant whose name ends in `!` is inactive. */
function known(tenants: Record<string, string[]>): Known {
  return new Map(
    Object.entries(tenants).map(([name, ids]) => {
      const tenantId = name.replace("!", "");
      const accounts = ids.map((id): [string, KnownAccount] => [
        id,
        { ...{ key: 1, tenantId, id, host: "h", fromAddress: null }, ...UNSAID },
      ]);
      return [tenantId, { id: tenantId, active: tenantId === name, accounts: new Map(accounts) }];
    }),
  );
}

const TWO = { acme: ["main", "news"], zeta: ["main", "default", "own"] };

test.each<[Record<string, string[]>, Wanted, string]>([
  [TWO, { tenantId: "acme", accountId: "main" }, "acme/main"],
  [TWO, { tenantId: "zeta", accountId: "main" }, "zeta/main"],
  [TWO, { tenantId: "acme", accountId: "own" }, "tenant acme has no account own"],
  [TWO, { tenantId: "none", accountId: "own" }, "there is no tenant none"],

  // no account named: the one that is called default, or the only one
  [TWO, { tenantId: "zeta" }, "zeta/default"],
  [{ acme: ["main"] }, { tenantId: "acme" }, "acme/main"],
  [{ acme: [] }, { tenantId: "acme" }, "tenant acme has no account"],
  [TWO, { tenantId: "acme" }, "account_id is required: tenant acme has several accounts and none of them is default"],

  // no tenant named: the only one, or the one that alone has the account
  [{ acme: ["main", "news"] }, { accountId: "news" }, "acme/news"],
  [{ acme: ["main"] }, {}, "acme/main"],
  [{ acme: ["main"] }, { accountId: "own" }, "tenant acme has no account own"],
  [TWO, { accountId: "own" }, "zeta/own"],
  [TWO, { accountId: "default" }, "zeta/default"],
  [TWO, { accountId: "main" }, "tenant_id is required: several tenants have an account main"],
  [TWO, { accountId: "none" }, "no tenant has an account none"],
  [TWO, {}, "tenant_id is required: there is more than one tenant"],
  [{}, {}, "there is no tenant"],
  [{}, { accountId: "main" }, "there is no tenant"],

  [{ "acme!": ["main"] }, {}, "tenant acme is not active"],
  [{ "acme!": ["main"], zeta: [] }, { tenantId: "acme", accountId: "main" }, "tenant acme is not active"],
])("among %j, %j means %s", (tenants, wanted, meaning) => {
  const resolution = resolveAccount(known(tenants), wanted);
  const found =
    "account" in resolution ? `${resolution.account.tenantId}/${resolution.account.id}` : resolution.rejected;
  expect(found).toBe(meaning);
});
