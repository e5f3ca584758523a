/** The webhooks of a tenant: listed, made, changed, tried out, given another secret, removed. */
import { type Context, Hono } from "hono";
import { act, refusal } from "../act.ts";
import type { DashboardEnv } from "../env.ts";
import { asQuery, text } from "../given.ts";
import { withQuery } from "../parts/pager.tsx";
import { chosenTenant } from "../parts/tenant-choice.tsx";
import { page } from "../shell.tsx";
import { within } from "../within.ts";
import { deliveryRoutes } from "./deliveries.tsx";
import { type Asked, asked } from "./form.tsx";
import { HERE, hrefOf } from "./links.ts";
import { WebhooksPage } from "./list.tsx";
import { ShownSecret } from "./secret.tsx";

const DETAILS = { here: "webhooks" } as const;

export function webhooksRoutes(): Hono<DashboardEnv> {
  const app = new Hono<DashboardEnv>();

  app.get("/", (c) => listPage(c));

  app.post("/add", async (c) => {
    const form = await c.req.formData();
    const given = asked(form);
    try {
      const made = await c.var.api.webhooks.create(given, asQuery({ tenant_id: text(form, "tenant_id") }));
      return page(c, { ...DETAILS, title: "Webhook added" }, <ShownSecret webhook={made} />);
    } catch (error) {
      return listPage(c, { given, fault: refusal(error), tenantId: text(form, "tenant_id") });
    }
  });

  /** From wherever one that is disabled is told of: back there. */
  app.post("/enable", async (c) => {
    const form = await c.req.formData();
    return act(c, within(text(form, "back"), HERE), async () => {
      const whose = asQuery({ tenant_id: text(form, "tenant_id") });
      const { url } = await c.var.api.webhooks.update(text(form, "id") ?? "", { enabled: true }, whose);
      return enabled(url);
    });
  });

  app.post("/:id/:does{enable|disable}", (c) => {
    const isEnabled = c.req.param("does") === "enable";
    return act(c, hrefOf(c.req.param("id")), async () => {
      const { url } = await c.var.api.webhooks.update(c.req.param("id"), { enabled: isEnabled });
      return isEnabled ? enabled(url) : `${url} is told nothing any more; what happens from now on is kept as missed.`;
    });
  });

  app.post("/:id/edit", async (c) => {
    const form = await c.req.formData();
    return act(c, hrefOf(c.req.param("id")), async () => {
      await c.var.api.webhooks.update(c.req.param("id"), asked(form));
      return "Saved.";
    });
  });

  app.post("/:id/test", (c) =>
    act(c, hrefOf(c.req.param("id")), async () => {
      await c.var.api.webhooks.test(c.req.param("id"));
      return "A test is on its way: what comes of it stands below in a moment.";
    }),
  );

  app.post("/:id/rotate", async (c) => {
    const id = c.req.param("id");
    return act(c, hrefOf(id), async () => {
      const rotated = await c.var.api.webhooks.rotateSecret(id);
      return page(c, { ...DETAILS, title: "Another secret" }, <ShownSecret webhook={rotated} />);
    });
  });

  app.post("/:id/delete", async (c) => {
    const { url, tenant_id } = await c.var.api.webhooks.get(c.req.param("id"));
    return act(c, withQuery(HERE, { tenant_id }), async () => {
      await c.var.api.webhooks.delete(c.req.param("id"));
      return `${url} is removed, and its log with it.`;
    });
  });

  app.route("/", deliveryRoutes());
  return app;
}

function enabled(url: string): string {
  return `${url} is enabled: it is told what happens from now on. What it missed can be replayed.`;
}

interface Refused {
  given: Asked;
  fault: string;
  tenantId: string | undefined;
}

/** With the form as it was filled in, where what it asked for was refused. */
async function listPage(c: Context<DashboardEnv>, again?: Refused) {
  const { tenants, tenantId: first } = await chosenTenant(c);
  const choice = { tenants, tenantId: again?.tenantId ?? first };
  const found =
    choice.tenantId === undefined ? undefined : await c.var.api.webhooks.list({ tenant_id: choice.tenantId });
  const options = { ...DETAILS, title: "Webhooks", ...(again === undefined ? {} : { status: 422 as const }) };
  const href = withQuery(HERE, { tenant_id: choice.tenantId });
  return page(c, options, <WebhooksPage choice={choice} href={href} found={found?.webhooks} refused={again} />);
}
