/** Makes and revokes a tenant's key and secret. What is new is shown by the answer itself: it stands in no cookie and no address. */
import { Hono } from "hono";
import { act } from "../act.ts";
import type { DashboardEnv } from "../env.ts";
import { text } from "../given.ts";
import { SecretOnce } from "../parts/secret-once.tsx";
import { Time } from "../parts/time.tsx";
import { page } from "../shell.tsx";
import { hrefOf, tenantIn } from "./links.ts";

export function secretRoutes(): Hono<DashboardEnv> {
  const app = new Hono<DashboardEnv>();

  app.post("/key", async (c) => {
    const form = await c.req.formData();
    const id = tenantIn(form);
    const ends = text(form, "expires_at");
    return act(c, hrefOf(id), async () => {
      const made = await c.var.api.tenants.createKey(id, ends === undefined ? {} : { expires_at: ends });
      const title = `The key of tenant ${id}`;
      const shown = (
        <SecretOnce title={title} secret={made.api_key} back={hrefOf(id)}>
          <p>
            Its application sends it as <code>X-API-Token</code>. The key before it opens nothing any more.
            {made.expires_at !== null && (
              <>
                {" "}
                It ends at <Time ts={made.expires_at} />.
              </>
            )}
          </p>
        </SecretOnce>
      );
      return page(c, { title, here: "tenants" }, shown);
    });
  });

  app.post("/revoke-key", async (c) => {
    const id = tenantIn(await c.req.formData());
    return act(c, hrefOf(id), async () => {
      await c.var.api.tenants.revokeKey(id);
      return `The key of ${id} is revoked: it opens nothing any more.`;
    });
  });

  app.post("/webhook-secret", async (c) => {
    const id = tenantIn(await c.req.formData());
    return act(c, hrefOf(id), async () => {
      const made = await c.var.api.tenants.renewWebhookSecret(id);
      const title = `The secret that signs reports to ${id}`;
      const shown = (
        <SecretOnce title={title} secret={made.webhook_secret} back={hrefOf(id)}>
          <p>
            Its application checks with it that reports come from here.
            {made.previous_until_ts !== null && (
              <>
                {" "}
                The secret before it signs too until <Time ts={made.previous_until_ts} />.
              </>
            )}
          </p>
        </SecretOnce>
      );
      return page(c, { title, here: "tenants" }, shown);
    });
  });

  return app;
}
