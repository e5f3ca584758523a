/** Messages in the queue: listed, looked at, sent again, canceled, deleted, cleaned up. */
import { type Context, Hono } from "hono";
import type * as v from "valibot";
import { attachmentDisposition } from "../attachments/stores/disposition.ts";
import { AppError } from "../errors.ts";
import { cancelMessage } from "../queue/cancel.ts";
import { type Filter, type FoundMessage, findMessages, listMessages } from "../queue/list.ts";
import { readPreview } from "../queue/preview.ts";
import { removeMessages } from "../queue/remove.ts";
import { retryMessage } from "../queue/retry.ts";
import { timeline } from "../queue/timeline.ts";
import { cleanup } from "../reports/retention.ts";
import { listTenants } from "../tenancy/tenants.ts";
import { tenantScope } from "./auth.ts";
import { emptyBody, jsonBody } from "./body.ts";
import { answer, type Env } from "./env.ts";
import { previewView } from "./message-preview.ts";
import { type Room, withRoom } from "./reading.ts";
import { CleanupMessages, DeleteMessages, MessageQuery, OneMessageQuery, TenantQuery } from "./schemas/queries.ts";
import type { Service } from "./service.ts";
import { validated } from "./validation.ts";

export function messageRoutes(service: Service): Hono<Env> {
  const { config, db, engine, now, reading } = service;
  const app = new Hono<Env>();

  app.get("/messages", validated("query", MessageQuery), async (c) => {
    const query = c.req.valid("query");
    const tenantId = tenantScope(c, query.tenant_id);
    const list = async (room?: Room) => {
      const { messages, next } = await listMessages(db, { ...filterOf(query), tenantId, room });
      return answer(c, { messages, next_cursor: next === undefined ? null : String(next) });
    };
    return query.include === "payload" ? withRoom(c, reading, list) : list();
  });

  app.get("/messages/:id", validated("query", OneMessageQuery), async (c) => {
    const { tenant_id, include } = c.req.valid("query");
    const { seq, size, view } = await namedMessage(c, service, tenant_id);
    const events = await timeline(db, seq);
    if (include === undefined) return answer(c, { ...view, events });
    return withRoom(c, reading, async (room) => {
      room(size);
      if (include === "payload")
        return answer(c, { ...(await namedMessage(c, service, tenant_id, true)).view, events });
      const preview = await readPreview(db, seq);
      return answer(c, { ...view, preview: preview === undefined ? null : await previewView(preview), events });
    });
  });

  app.get("/messages/:id/raw", validated("query", TenantQuery), async (c) => {
    const { seq, size, view } = await namedMessage(c, service, c.req.valid("query").tenant_id);
    return withRoom(c, reading, async (room) => {
      room(size);
      const bytes = await engine.rawMessage(seq);
      if (bytes === undefined) throw new AppError("not_found", "nothing is kept of what this message says");
      return c.body(new Uint8Array(bytes), 200, {
        "Content-Type": "message/rfc822",
        "Content-Disposition": attachmentDisposition(`${view.pk}.eml`),
        // Whatever it holds: a browser that shows it all the same does nothing of it.
        "Content-Security-Policy": "sandbox; default-src 'none'",
      });
    });
  });

  app.post("/messages/:id/retry", emptyBody, validated("query", TenantQuery), async (c) => {
    const { seq } = await namedMessage(c, service, c.req.valid("query").tenant_id);
    const refused = await retryMessage(db, { seq, now: now(), expiryMs: config.expirySeconds * 1000 });
    if (refused !== undefined) throw new AppError("conflict", `cannot send this message again: ${refused}`);
    engine.wake();
    return answer(c, (await namedMessage(c, service, c.req.valid("query").tenant_id)).view);
  });

  app.post("/messages/:id/cancel", emptyBody, validated("query", TenantQuery), async (c) => {
    const { seq, tenantId } = await namedMessage(c, service, c.req.valid("query").tenant_id);
    const refused = await cancelMessage(db, { seq, now: now(), retentionMs: config.retentionSeconds * 1000 });
    if (refused !== undefined) throw new AppError("conflict", `cannot cancel this message: ${refused}`);
    engine.report(tenantId); // of one that some have accepted
    return answer(c, (await namedMessage(c, service, c.req.valid("query").tenant_id)).view);
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

function filterOf(query: v.InferOutput<typeof MessageQuery>): Filter {
  return {
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
    events: query.include === "events",
  };
}

/** The message in the path, by its id or pk; the admin must say whose it is where several tenants have one under that id. */
async function namedMessage(
  c: Context<Env, "/messages/:id" | "/messages/:id/raw" | "/messages/:id/retry" | "/messages/:id/cancel">,
  { db }: Service,
  named: string | undefined,
  payload = false,
): Promise<FoundMessage> {
  const [message, another] = await findMessages(db, c.req.param("id"), tenantScope(c, named), payload);
  if (message === undefined) throw new AppError("not_found", "there is no such message");
  if (another !== undefined)
    throw new AppError("conflict", "several tenants have a message under this id: name the tenant_id");
  c.set("tenantId", message.tenantId);
  return message;
}
