/** The log of a webhook's deliveries: listed, looked at call by call, replayed one by one or as a range. */
import { Hono } from "hono";
import type { Database } from "../db/database.ts";
import { countDeliveries, findDelivery, listAttempts, listDeliveries } from "../tenancy/webhooks-log.ts";
import { REPLAYABLE, replayDelivery, replayRange } from "../tenancy/webhooks-replay.ts";
import { jsonBody } from "./body.ts";
import { answer, type Env } from "./env.ts";
import { TenantQuery } from "./schemas/queries.ts";
import { AttemptQuery, DeliveryQuery, ReplayRange } from "./schemas/webhook.ts";
import type { Service } from "./service.ts";
import { validated } from "./validation.ts";
import { disabledWebhook, ownWebhook } from "./webhooks.ts";
import { attemptView, deliveryView } from "./webhooks-view.ts";

/** Ours and PostStack's name for the log, and Resend's. */
const LOGS = ["/webhooks/:id/deliveries", "/webhooks/:id/events"];
/** Ours for a replay of a range, and PostStack's. */
const RANGES = ["/webhooks/:id/deliveries/replay", "/webhooks/:id/deliveries/batch-replay"];

const DEFAULT_PER_PAGE = 20;
const DEFAULT_REPLAY = 100;
const MINUTE_MS = 60_000;

export function webhookDeliveryRoutes(service: Service): Hono<Env> {
  const { db, engine, now } = service;
  const app = new Hono<Env>();

  for (const path of RANGES)
    app.post(path, validated("query", TenantQuery), jsonBody, validated("json", ReplayRange), async (c) => {
      const { id, status } = await ownWebhook(c, service, c.req.valid("query").tenant_id);
      if (status === "disabled") throw disabledWebhook(id);
      const { since, withinMinutes, until, states, event_type, eventType, limit, cursor } = c.req.valid("json");
      const wanted = {
        webhook: id,
        states: states ?? REPLAYABLE,
        type: event_type ?? eventType ?? undefined,
        since: since ?? now() - (withinMinutes ?? 0) * MINUTE_MS,
        until: until ?? undefined,
        beyond: cursor ?? undefined,
        limit: limit ?? DEFAULT_REPLAY,
      };
      const { replayed, remaining, next } = await replayRange(db, wanted, now());
      engine.webhooksChanged();
      return answer(c, { replayed, remaining, next_cursor: next === undefined ? null : String(next) });
    });

  for (const path of LOGS) {
    app.get(path, validated("query", DeliveryQuery), async (c) => {
      const { tenant_id, ...query } = c.req.valid("query");
      const { id } = await ownWebhook(c, service, tenant_id);
      return answer(c, await pageOf(db, id, query));
    });

    app.get(`${path}/:delivery`, validated("query", TenantQuery), async (c) => {
      const { id } = await ownWebhook(c, service, c.req.valid("query").tenant_id);
      const { seq, payload, ...delivery } = await findDelivery(db, id, c.req.param("delivery"));
      const attempts = (await listAttempts(db, seq)).map(attemptView);
      return answer(c, { ...deliveryView({ seq, ...delivery }), payload, attempts });
    });

    app.get(`${path}/:delivery/attempts`, validated("query", AttemptQuery), async (c) => {
      const { tenant_id, limit, after } = c.req.valid("query");
      const { id } = await ownWebhook(c, service, tenant_id);
      const { seq } = await findDelivery(db, id, c.req.param("delivery"));
      const rest = (await listAttempts(db, seq)).filter(({ number }) => after === undefined || number > Number(after));
      const data = rest.slice(0, limit).map(attemptView);
      return answer(c, { object: "list", has_more: data.length < rest.length, data });
    });

    app.post(`${path}/:delivery/replay`, validated("query", TenantQuery), async (c) => {
      const { id, status } = await ownWebhook(c, service, c.req.valid("query").tenant_id);
      if (status === "disabled") throw disabledWebhook(id);
      await replayDelivery(db, id, c.req.param("delivery"), now());
      engine.webhooksChanged();
      return answer(c, { object: "webhook_event", id: c.req.param("delivery"), success: true });
    });
  }

  return app;
}

/** By cursor for us, by the last id for Resend's client, by number for PostStack's, which alone wants a total. */
async function pageOf(db: Database, webhook: string, query: Omit<DeliveryQuery, "tenant_id">) {
  const { state, event_type: type, since, until, cursor: before, after, limit, per_page, page = 1 } = query;
  const filter = { webhook, states: state && [state], type, since, until };
  const isNumbered = query.page !== undefined || per_page !== undefined;
  const perPage = isNumbered ? (per_page ?? DEFAULT_PER_PAGE) : limit;
  const offset = (page - 1) * perPage;
  const { deliveries, next } = await listDeliveries(db, { ...filter, before, after, offset, limit: perPage });
  const data = deliveries.map(deliveryView);
  const pagination = async () => {
    const total = await countDeliveries(db, filter);
    return { page, perPage, total, totalPages: Math.ceil(total / perPage) };
  };
  return {
    object: "list",
    has_more: next !== undefined,
    data,
    deliveries: data,
    pagination: isNumbered ? await pagination() : null,
    next_cursor: next === undefined ? null : String(next),
  };
}
