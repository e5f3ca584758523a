/** The webhooks of a tenant: made, looked at, changed, tried out, given another secret, removed. */
import { type Context, Hono } from "hono";
import { AppError } from "../errors.ts";
import { enqueueTest } from "../reports/webhooks/test-delivery.ts";
import { urlFault } from "../security/hosts.ts";
import { findWebhook, listWebhooks, type Webhook } from "../tenancy/webhooks.ts";
import { createWebhook, deleteWebhook, rotateSecret, updateWebhook } from "../tenancy/webhooks-save.ts";
import { isAdmin, oneTenant, tenantScope } from "./auth.ts";
import { jsonBody } from "./body.ts";
import { answer, type Env } from "./env.ts";
import { TenantQuery } from "./schemas/queries.ts";
import { SecretRotation, WebhookChanges, WebhookInput, WebhookQuery } from "./schemas/webhook.ts";
import type { Service } from "./service.ts";
import { invalidField, validated } from "./validation.ts";
import { MASKED_SECRET, webhookView } from "./webhooks-view.ts";

/** Both clients' names for it. */
const ROTATION = ["/webhooks/:id/rotate-secret", "/webhooks/:id/signing-secret/rotate"];

export function webhookRoutes(service: Service): Hono<Env> {
  const { config, db, engine, now, vault } = service;
  const app = new Hono<Env>();

  app.post("/webhooks", validated("query", TenantQuery), jsonBody, validated("json", WebhookInput), async (c) => {
    const { url, events = null } = c.req.valid("json");
    const tenantId = await oneTenant(c, service, c.req.valid("query").tenant_id);
    const { id, secret } = await createWebhook(db, vault, { tenantId, ...checkedUrl(c, url), events }, now());
    engine.webhooksChanged();
    return answer(c, { ...(await shown(id)), signing_secret: secret, signingSecret: secret });
  });

  app.get("/webhooks", validated("query", WebhookQuery), async (c) => {
    const { tenant_id, ...query } = c.req.valid("query");
    const all = await listWebhooks(db, await oneTenant(c, service, tenant_id));
    const { page, has_more } = between(all, query);
    const data = page.map((webhook) => webhookView(webhook, now()));
    return answer(c, { object: "list", has_more, data, webhooks: data });
  });

  app.get("/webhooks/:id", validated("query", TenantQuery), async (c) => {
    const { id } = await ownWebhook(c, service, c.req.valid("query").tenant_id);
    return answer(c, { ...(await shown(id)), signing_secret: MASKED_SECRET });
  });

  app.patch(
    "/webhooks/:id",
    validated("query", TenantQuery),
    jsonBody,
    validated("json", WebhookChanges),
    async (c) => {
      const { id } = await ownWebhook(c, service, c.req.valid("query").tenant_id);
      const { url, ...changes } = c.req.valid("json");
      await updateWebhook(db, id, { ...(url && checkedUrl(c, url)), ...changes }, now());
      engine.webhooksChanged();
      return answer(c, await shown(id));
    },
  );

  app.delete("/webhooks/:id", validated("query", TenantQuery), async (c) => {
    const { id } = await ownWebhook(c, service, c.req.valid("query").tenant_id);
    await deleteWebhook(db, id);
    return answer(c, { object: "webhook", id, deleted: true, success: true });
  });

  app.post("/webhooks/:id/test", validated("query", TenantQuery), async (c) => {
    const { id } = await ownWebhook(c, service, c.req.valid("query").tenant_id);
    const test = await enqueueTest(db, id, now());
    if (test === undefined) throw disabledWebhook(id);
    engine.webhooksChanged();
    return answer(c, { object: "webhook_event", id: test.id, success: true });
  });

  for (const path of ROTATION)
    app.post(path, validated("query", TenantQuery), jsonBody, validated("json", SecretRotation), async (c) => {
      const { id } = await ownWebhook(c, service, c.req.valid("query").tenant_id);
      const { overlap_seconds } = c.req.valid("json");
      const overlapMs = (overlap_seconds ?? config.webhookOverlapSeconds) * 1000;
      const secret = await rotateSecret(db, vault, id, overlapMs, now());
      return answer(c, { ...(await shown(id)), signing_secret: secret, signingSecret: secret });
    });

  /** A tenant's own key reaches public addresses alone, and then sees what they answer. */
  function checkedUrl(c: Context<Env>, url: string): { url: string; publicOnly: boolean } {
    const publicOnly = !isAdmin(c) && !config.allowPrivateHosts;
    const fault = publicOnly ? urlFault(url) : undefined;
    if (fault !== undefined) throw invalidField("endpoint", fault);
    return { url, publicOnly };
  }

  /** For one client as the answer, for the other as a field of it. */
  async function shown(id: string) {
    const view = webhookView(await findWebhook(db, id, undefined), now());
    return { ...view, webhook: view };
  }

  return app;
}

/** The webhook that the path names, if it is the caller's. Throws AppError where it is not. */
export async function ownWebhook(c: Context<Env>, { db }: Service, tenantId: string | undefined): Promise<Webhook> {
  const webhook = await findWebhook(db, c.req.param("id") ?? "", tenantScope(c, tenantId));
  tenantScope(c, webhook.tenantId); // whose affair it is, for the command log
  return webhook;
}

export function disabledWebhook(id: string): AppError {
  return new AppError("conflict", `webhook ${id} is disabled: enable it first`);
}

/** The list between two ids, as Resend's client asks for it; an id that is not there has nothing beside it. */
function between(all: readonly Webhook[], { limit, after, before }: Omit<WebhookQuery, "tenant_id">) {
  const place = (id: string | undefined, none: number) =>
    id === undefined ? none : all.findIndex((webhook) => webhook.id === id);
  const found = all.slice(place(after, -1) + 1, place(before, all.length));
  const page = before === undefined ? found.slice(0, limit) : found.slice(-limit);
  return { page, has_more: page.length < found.length };
}
