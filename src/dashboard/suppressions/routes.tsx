/** Whom a tenant's mail does not go to any more: listed and searched, added to, taken from, brought in and out as CSV. */
import { Hono } from "hono";
import type { ListSuppressionsQuery, SuppressionsAdded } from "../../client/types.ts";
import { act } from "../act.ts";
import type { DashboardEnv } from "../env.ts";
import { asQuery, text } from "../given.ts";
import { withQuery } from "../parts/pager.tsx";
import { chosenTenant } from "../parts/tenant-choice.tsx";
import { callApi, relay } from "../relay.ts";
import { page } from "../shell.tsx";
import { added, entryOf, removed, toRemove } from "./forms.ts";
import { SuppressionsPage } from "./page.tsx";

const HERE = "/dashboard/suppressions";
const SHOWN_AT_ONCE = 100;

export function suppressionsRoutes(): Hono<DashboardEnv> {
  const app = new Hono<DashboardEnv>();

  app.get("/", async (c) => {
    const choice = await chosenTenant(c);
    const { q = "", source = "", cursor } = c.req.query();
    const filter = { tenant_id: choice.tenantId, q, source };
    const query = asQuery<ListSuppressionsQuery>({ ...filter, cursor });
    const found =
      choice.tenantId === undefined ? undefined : await c.var.api.suppressions.list({ ...query, limit: SHOWN_AT_ONCE });
    const shown = <SuppressionsPage choice={choice} filter={filter} href={withQuery(HERE, filter)} found={found} />;
    return page(c, { title: "Suppressions", here: "suppressions" }, shown);
  });

  app.get("/export", (c) => {
    const { tenant_id, q, source } = c.req.query();
    return relay(c, withQuery("/suppressions?format=csv", { tenant_id, q, source }));
  });

  app.post("/add", async (c) => {
    const form = await c.req.formData();
    return act(c, back(form), async () => {
      const entry = entryOf(form, c.var.host.now());
      return added(await c.var.api.suppressions.add([entry], tenantOf(form)));
    });
  });

  app.post("/remove", async (c) => {
    const form = await c.req.formData();
    return act(c, back(form), async () => removed(await c.var.api.suppressions.remove(toRemove(form), tenantOf(form))));
  });

  app.post("/import", async (c) => {
    const form = await c.req.formData();
    return act(c, back(form), async () => {
      const file = form.get("file");
      const csv = { method: "POST", headers: { "Content-Type": "text/csv" }, body: file };
      const answer = await callApi(c, withQuery("/suppressions", tenantOf(form)), csv);
      return added((await answer.json()) as SuppressionsAdded);
    });
  });

  return app;
}

function tenantOf(form: FormData): { tenant_id?: string } {
  return asQuery({ tenant_id: text(form, "tenant_id") });
}

/** The list as it was looked at. */
function back(form: FormData): string {
  return withQuery(HERE, { ...tenantOf(form), q: text(form, "q"), source: text(form, "source") });
}
