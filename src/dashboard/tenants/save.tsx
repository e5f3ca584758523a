/** Adding and editing tenants: what is refused comes back in the form, with what was typed. */
import { type Context, Hono } from "hono";
import type { TenantChanges, TenantInput } from "../../client/types.ts";
import type { DashboardEnv } from "../env.ts";
import { bodyOf, changedFields, faultsOf, typedIn } from "../forms/read.ts";
import { type FormState, fieldsOf, NO_FAULTS, statusOf } from "../forms/spec.ts";
import { secretsIn, storedIn } from "../forms/stored.ts";
import { text } from "../given.ts";
import { redirectWith } from "../session.ts";
import { page } from "../shell.tsx";
import { ALL_GROUPS, OWN_GROUPS } from "./fields.ts";
import { AddTenant, EditTenant } from "./form.tsx";
import { hrefOf } from "./links.ts";

const SPECS = fieldsOf(ALL_GROUPS);
/** It stands in the form of a new tenant beside the others. */
const NAME = { name: "id", label: "", input: { kind: "text" } } as const;
/** A new tenant is active, and so on. */
const FRESH: FormState = {
  typed: { active: "true", attachment_format: "form", "client_auth.method": "none" },
  kept: new Set(),
  faults: NO_FAULTS,
};

export function tenantSaving(): Hono<DashboardEnv> {
  const app = new Hono<DashboardEnv>();

  app.post("/add", async (c) => {
    const form = await c.req.formData();
    const id = text(form, "id") ?? "";
    const again = (faults: FormState["faults"]) => addPage(c, id, { ...FRESH, typed: typedIn(form, SPECS), faults });
    try {
      const { tenants } = await c.var.api.tenants.list();
      if (tenants.some((one) => one.id === id))
        return await again({ byField: { id: "is taken: there is a tenant under this name" }, others: [] });
      // As it is by itself, where nothing was said.
      const body = bodyOf(form, changedFields(form, SPECS, FRESH.typed));
      await c.var.api.tenants.save({ ...body, id } as TenantInput);
      return redirectWith(c, hrefOf(id), { kind: "done", text: `Tenant ${id} is added.` });
    } catch (error) {
      return again(faultsOf(error, [...SPECS, NAME]));
    }
  });

  app.get("/:id/edit", async (c) => {
    const specs = specsOf(c);
    const tenant = await c.var.api.tenants.get(c.req.param("id"));
    return editPage(c, tenant.id, {
      typed: storedIn(tenant, specs),
      kept: secretsIn(tenant, specs),
      faults: NO_FAULTS,
    });
  });

  app.post("/:id/edit", async (c) => {
    const specs = specsOf(c);
    const tenant = await c.var.api.tenants.get(c.req.param("id"));
    const { id } = tenant;
    const form = await c.req.formData();
    const changes = bodyOf(form, changedFields(form, specs, storedIn(tenant, specs)));
    if (Object.keys(changes).length === 0)
      return redirectWith(c, hrefOf(id), { kind: "done", text: "Nothing was changed." });
    try {
      await c.var.api.tenants.update(id, changes as TenantChanges);
      return redirectWith(c, hrefOf(id), { kind: "done", text: `Tenant ${id} is saved.` });
    } catch (error) {
      return editPage(c, id, {
        typed: typedIn(form, specs),
        kept: secretsIn(tenant, specs),
        faults: faultsOf(error, specs),
      });
    }
  });

  return app;
}

/** What the visitor may change. */
function groupsOf(c: Context<DashboardEnv>) {
  return c.var.visitor.caller.kind === "admin" ? ALL_GROUPS : OWN_GROUPS;
}

function specsOf(c: Context<DashboardEnv>) {
  return fieldsOf(groupsOf(c));
}

export function addPage(c: Context<DashboardEnv>, id = "", state: FormState = FRESH) {
  const form = <AddTenant id={id} state={state} />;
  return page(c, { title: "Add a tenant", here: "tenants", status: statusOf(state) }, form);
}

function editPage(c: Context<DashboardEnv>, id: string, state: FormState) {
  const form = <EditTenant id={id} groups={groupsOf(c)} state={state} />;
  return page(c, { title: `Edit tenant ${id}`, here: "tenants", status: statusOf(state) }, form);
}
