/** Tenants: all of them, one of them, and what is done with their mail: sent now, suspended, activated, deleted. */
import { type Context, Hono } from "hono";
import { act } from "../act.ts";
import type { DashboardEnv } from "../env.ts";
import { text } from "../given.ts";
import { lastDay } from "../parts/last-day.tsx";
import { Live } from "../parts/live.tsx";
import { redirectWith } from "../session.ts";
import { page } from "../shell.tsx";
import { within } from "../within.ts";
import { HERE, hrefOf, tenantIn } from "./links.ts";
import { TenantList, WHOLE } from "./list.tsx";
import { TenantPage } from "./page.tsx";
import { addPage, tenantSaving } from "./save.tsx";
import { secretRoutes } from "./secret-routes.tsx";

export function tenantRoutes(): Hono<DashboardEnv> {
  const app = new Hono<DashboardEnv>();

  app.get("/", (c) => {
    const { caller } = c.var.visitor;
    if (caller.kind === "tenant") return c.redirect(hrefOf(caller.tenantId), 303);
    return c.req.query("add") === undefined ? listPage(c) : addPage(c);
  });

  app.route("/", tenantSaving());
  app.route("/", secretRoutes());

  app.get("/:id", tenantPage);

  app.post("/run-now", async (c) => {
    const form = await c.req.formData();
    const tenant_id = tenantIn(form);
    return act(c, backOf(form), async () => {
      await c.var.api.commands.runNow({ tenant_id });
      return `What waits of ${tenant_id} is sent and reported now.`;
    });
  });

  for (const [what, words] of [
    ["suspend", "suspended"],
    ["activate", "active again"],
  ] as const) {
    app.post(`/${what}`, async (c) => {
      const form = await c.req.formData();
      const tenant_id = tenantIn(form);
      const batch = text(form, "batch_code") ?? WHOLE;
      return act(c, backOf(form), async () => {
        const query = { tenant_id, ...(batch === WHOLE ? {} : { batch_code: batch }) };
        const { pending_messages: waiting } = await c.var.api.commands[what](query);
        const whom = batch === WHOLE ? `All mail of ${tenant_id}` : `Batch ${batch} of ${tenant_id}`;
        return `${whom} is ${words}; messages that wait: ${waiting}.`;
      });
    });
  }

  app.post("/delete", async (c) => {
    const form = await c.req.formData();
    const id = tenantIn(form);
    return act(c, hrefOf(id), async () => {
      await c.var.api.tenants.delete(id, { force: text(form, "force") !== undefined });
      return redirectWith(c, HERE, { kind: "done", text: `Tenant ${id} is deleted.` });
    });
  });

  return app;
}

async function listPage(c: Context<DashboardEnv>) {
  const { api, host } = c.var;
  const [{ tenants }, status] = await Promise.all([api.tenants.list(), api.tenants.syncStatus()]);
  const syncs = new Map(status.tenants.map((sync) => [sync.id, sync]));
  const list = (
    <>
      <h1>Tenants</h1>
      <p>
        <a class="button" href={`${HERE}?add`}>
          Add a tenant
        </a>
      </p>
      <Live id="tenants" href={HERE}>
        <TenantList tenants={tenants} syncs={syncs} now={host.now()} />
      </Live>
    </>
  );
  return page(c, { title: "Tenants", here: "tenants" }, list);
}

async function tenantPage(c: Context<DashboardEnv, "/:id">) {
  const { api, host, visitor } = c.var;
  const now = host.now();
  const tenant_id = c.req.param("id");
  const tenant = await api.tenants.get(tenant_id);
  const [status, { accounts }, { attention }, figures] = await Promise.all([
    api.tenants.syncStatus({ tenant_id }),
    api.accounts.list({ tenant_id }),
    api.overview({ tenant_id }),
    api.figures({ tenant_id, ...lastDay(now) }),
  ]);
  const isAdmin = visitor.caller.kind === "admin";
  const shown = { tenant, sync: status.tenants[0], accounts, attention, figures, isAdmin, now };
  return page(c, { title: `Tenant ${tenant_id}`, here: "tenants" }, <TenantPage {...shown} />);
}

/** Where the form was, or the tenant's own page. */
function backOf(form: FormData): string {
  return within(text(form, "back"), hrefOf(tenantIn(form)));
}
