/** Which instance, tenant, account, webhook or message is meant where the command line does not say: one of those there are, at a terminal. */
import { listAccounts } from "../tenancy/accounts.ts";
import { listTenants } from "../tenancy/tenants.ts";
import { listWebhooks } from "../tenancy/webhooks.ts";
import { atTerminal, chosen, required } from "./ask.ts";
import { withCore } from "./core.ts";
import { Failure, UsageError } from "./exit.ts";
import { type Instance, listInstances } from "./home.ts";
import type { TenantScope } from "./tenant-scope.ts";

export function pickInstance(given: string | undefined, home: string): Promise<string> {
  return picked(given, "instance", async () => listInstances(home));
}

export function pickTenant(given: string | undefined, instance: Instance): Promise<string> {
  return picked(given, "tenant", () => withCore(instance, ({ db }) => listTenants(db)));
}

export function pickAccount(given: string | undefined, { tenantId, withTenant }: TenantScope): Promise<string> {
  return picked(given, "account", () => withTenant(({ db }) => listAccounts(db, tenantId)));
}

export function pickWebhook(given: string | undefined, { tenantId, withTenant }: TenantScope): Promise<string> {
  return picked(given, "webhook", () => withTenant(({ db }) => listWebhooks(db, tenantId)));
}

/** Of these there are too many to choose from. */
export function pickMessage(given: string | undefined): Promise<string> {
  return required(given, "the message's id", "Id of the message");
}

type Named = { id: string } | { name: string };

async function picked(given: string | undefined, what: string, load: () => Promise<readonly Named[]>): Promise<string> {
  if (given !== undefined && given !== "") return given;
  if (!atTerminal()) throw new UsageError(`the ${what} is missing`);
  const [first, ...others] = (await load()).map((each) => ("id" in each ? each.id : each.name));
  if (first === undefined) throw new Failure(`there is no ${what} yet`);
  return chosen(
    `Which ${what}`,
    [first, ...others].map((value) => ({ value, hint: "" })),
    first,
  );
}
