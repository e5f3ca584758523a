/** Adding and editing accounts: what is refused comes back in the form, with what was typed. */
import { type Context, Hono } from "hono";
import type { AccountInput } from "../../client/types.ts";
import type { DashboardEnv } from "../env.ts";
import { bodyOf, changedFields, faultsOf, typedIn } from "../forms/read.ts";
import { type FormState, fieldsOf, NO_FAULTS, statusOf } from "../forms/spec.ts";
import { secretsIn, storedIn } from "../forms/stored.ts";
import { text } from "../given.ts";
import { chosenTenant, NoTenant } from "../parts/tenant-choice.tsx";
import { redirectWith } from "../session.ts";
import { page } from "../shell.tsx";
import { ACCOUNT_GROUPS } from "./fields.ts";
import { AddAccount, EditAccount } from "./form.tsx";
import { type AccountName, hrefOf } from "./links.ts";

const SPECS = fieldsOf(ACCOUNT_GROUPS);
/** They stand in the form of a new account beside the others. */
const NAMES = (["id", "tenant_id"] as const).map((name) => ({ name, label: "", input: { kind: "text" } as const }));

export function accountSaving(): Hono<DashboardEnv> {
  const app = new Hono<DashboardEnv>();

  app.get("/new", (c) => addPage(c, { tenant_id: c.req.query("tenant_id") ?? "", id: "" }, fresh()));

  app.post("/new", async (c) => {
    const form = await c.req.formData();
    const tenant = text(form, "tenant_id");
    const name = { tenant_id: tenant ?? "", id: text(form, "id") ?? "" };
    const body = { ...bodyOf(form, SPECS), id: name.id, ...(tenant === undefined ? {} : { tenant_id: tenant }) };
    try {
      const known = await c.var.api.accounts.list(tenant === undefined ? {} : { tenant_id: tenant });
      if (known.accounts.some(({ id }) => id === name.id)) return await addPage(c, name, taken(form));
      const saved = await c.var.api.accounts.save(body as AccountInput);
      return redirectWith(c, hrefOf(saved), {
        kind: "done",
        text: `Account ${saved.id} is added. Test its connection.`,
      });
    } catch (error) {
      return addPage(c, name, {
        ...fresh(),
        typed: typedIn(form, SPECS),
        faults: faultsOf(error, [...SPECS, ...NAMES]),
      });
    }
  });

  app.get("/:tenant/:id/edit", async (c) => {
    const name = { tenant_id: c.req.param("tenant"), id: c.req.param("id") };
    const account = await c.var.api.accounts.get(name.id, { tenant_id: name.tenant_id });
    const state = { typed: storedIn(account, SPECS), kept: secretsIn(account, SPECS), faults: NO_FAULTS };
    return editPage(c, name, state);
  });

  app.post("/:tenant/:id/edit", async (c) => {
    const name = { tenant_id: c.req.param("tenant"), id: c.req.param("id") };
    const form = await c.req.formData();
    const account = await c.var.api.accounts.get(name.id, { tenant_id: name.tenant_id });
    const changes = bodyOf(form, changedFields(form, SPECS, storedIn(account, SPECS)));
    if (Object.keys(changes).length === 0)
      return redirectWith(c, hrefOf(name), { kind: "done", text: "Nothing was changed." });
    try {
      await c.var.api.accounts.save({ ...changes, ...name } as AccountInput);
      return redirectWith(c, hrefOf(name), { kind: "done", text: `Account ${name.id} is saved.` });
    } catch (error) {
      const faults = faultsOf(error, SPECS);
      return editPage(c, name, { typed: typedIn(form, SPECS), kept: secretsIn(account, SPECS), faults });
    }
  });

  return app;
}

function fresh(): FormState {
  return { typed: {}, kept: new Set(), faults: NO_FAULTS };
}

/** The API would change the account that there is. */
function taken(form: FormData): FormState {
  const byField = { id: "is taken: there is an account under this name" };
  return { ...fresh(), typed: typedIn(form, SPECS), faults: { byField, others: [] } };
}

async function addPage(c: Context<DashboardEnv>, account: AccountName, state: FormState) {
  const { tenantId, tenants } = await chosenTenant(c);
  const form = tenantId === undefined ? <NoTenant /> : <AddAccount account={account} tenants={tenants} state={state} />;
  return page(c, { title: "Add an account", here: "accounts", status: statusOf(state) }, form);
}

function editPage(c: Context<DashboardEnv>, account: AccountName, state: FormState) {
  const title = `Edit account ${account.id}`;
  return page(c, { title, here: "accounts", status: statusOf(state) }, <EditAccount account={account} state={state} />);
}
