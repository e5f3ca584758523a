/** Messages in the queue: listed, looked at, deleted, cleaned up. */
import { Hono } from "hono";
import { AppError } from "../errors.ts";
import { findMessages, listMessages, timeline } from "../queue/list.ts";
import { removeMessages } from "../queue/remove.ts";
import { cleanup } from "../reports/retention.ts";
import { listTenants } from "../tenancy/tenants.ts";
import { tenantScope } from "./auth.ts";
import { jsonBody } from "./body.ts";
import { answer, type Env } from "./env.ts";
import { CleanupMessages, DeleteMessages, MessageQuery, OneMessageQuery, TenantQuery } from "./schemas/queries.ts";
import type { Service } from "./service.ts";
import { validated } from "./validation.ts";

export function messageRoutes({ config, db, now }: Service): Hono<Env> {
  const app = new Hono<Env>();

  app.get("/messages", validated("query", MessageQuery), async (c) => {
    const query = c.req.valid("query");
    const { messages, next } = await listMessages(db, {
      tenantId: tenantScope(c, query.tenant_id),
      status: query.status,
      activeOnly: query.active_only,
      batchCode: query.batch_code,
      accountId: query.account_id,
      q: query.q,
      since: query.since,
      until: query.until,
      before: query.cursor,
      limit: query.limit,
      payload: query.include === "payload",
    });
    return answer(c, { messages, next_cursor: next === undefined ? null : String(next) });
  });

  app.get("/messages/:id", validated("query", OneMessageQuery), async (c) => {
    const { tenant_id, include } = c.req.valid("query");
    const found = await findMessages(db, c.req.param("id"), tenantScope(c, tenant_id), include === "payload");
    const [message, another] = found;
    if (message === undefined) throw new AppError("not_found", "there is no such message");
    if (another !== undefined)
      throw new AppError("conflict", "several tenants have a message under this id: name the tenant_id");
    return answer(c, { ...message.view, events: await timeline(db, message.seq) });
  });

  app.post(
    "/commands/delete-messages",
    jsonBody,
    validated("query", TenantQuery),
    validated("json", DeleteMessages),
    async (c) => {
      const tenantId = tenantScope(c, c.req.valid("query").tenant_id);
      const tenants = tenantId === undefined ? (await listTenants(db)).map(({ id }) => id) : [tenantId];
      const { ids } = c.req.valid("json");
      const { removed, notFound, unauthorized, beingSent } = await removeMessages(db, ids, tenantId, tenants);
      return answer(c, { removed, not_found: notFound, unauthorized, being_sent: beingSent });
    },
  );

  app.post(
    "/commands/cleanup-messages",
    jsonBody,
    validated("query", TenantQuery),
    validated("json", CleanupMessages),
    async (c) => {
      const tenantId = tenantScope(c, c.req.valid("query").tenant_id);
      const seconds = c.req.valid("json").older_than_seconds ?? config.retentionSeconds;
      return answer(c, { removed: await cleanup(db, tenantId, seconds * 1000, now()) });
    },
  );

  return app;
}
