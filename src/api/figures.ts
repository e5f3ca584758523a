/** How the service is doing: figures over time, what waits, and what needs somebody. */
import { type Context, Hono } from "hono";
import { readFigures, stepsOf } from "../queue/figures.ts";
import { overviewStatements, readOverview } from "../queue/overview.ts";
import { attentionOf, LATE_MS } from "./attention.ts";
import { readTroubled, troubledStatements } from "./attention-rows.ts";
import { oneTenant, tenantScope } from "./auth.ts";
import { answer, type Env } from "./env.ts";
import { FiguresQuery } from "./schemas/figures.ts";
import { TenantQuery } from "./schemas/queries.ts";
import type { Service } from "./service.ts";
import { validated } from "./validation.ts";

export function figureRoutes(service: Service): Hono<Env> {
  const { db, engine, now } = service;
  const app = new Hono<Env>();

  app.get("/figures", validated("query", FiguresQuery), async (c) => {
    const { tenant_id, account_id, since, until, step } = c.req.valid("query");
    const tenantId = await ofTenant(c, tenant_id, account_id !== undefined);
    const steps = stepsOf({ since, until, stepSeconds: step }, now());
    const { points, totals } = await readFigures(db, { tenantId, accountId: account_id }, steps, now());
    const step_seconds = steps.stepMinutes * 60;
    const since_ts = steps.firstMinute * 60;
    return answer(c, {
      since_ts,
      until_ts: since_ts + steps.count * step_seconds,
      step_seconds,
      points: points.map((point, n) => ({ ts: since_ts + n * step_seconds, ...point })),
      totals,
    });
  });

  app.get("/overview", validated("query", TenantQuery), async (c) => {
    const tenantId = await ofTenant(c, c.req.valid("query").tenant_id, false);
    const at = now();
    const ofQueue = overviewStatements(tenantId, at);
    const [results, mailboxes] = await Promise.all([
      db.client.batch([...ofQueue, ...troubledStatements(tenantId, at, LATE_MS)], "read"),
      engine.mailboxes(),
    ]);
    const { pending, queue, ...lines } = readOverview(results.slice(0, ofQueue.length));
    const [oldest] = lines.heads;
    const situation = {
      queue: lines,
      troubled: readTroubled(results.slice(ofQueue.length)),
      mailboxes: mailboxes.filter((mailbox) => tenantId === undefined || mailbox.tenantId === tenantId),
      sends: engine.state().active,
    };
    return answer(c, {
      pending,
      queue,
      oldest:
        oldest === undefined
          ? null
          : {
              pk: oldest.pk,
              id: oldest.id,
              tenant_id: oldest.tenantId,
              account_id: oldest.accountId,
              created_ts: Math.floor(oldest.createdAt / 1000),
              waiting_seconds: Math.max(at - oldest.since, 0) / 1000,
            },
      attention: attentionOf(situation, at),
    });
  });

  /** Undefined: all of them together. An account is one of one tenant. */
  async function ofTenant(c: Context<Env>, named: string | undefined, isOne: boolean): Promise<string | undefined> {
    return named === undefined && !isOne ? tenantScope(c, undefined) : await oneTenant(c, service, named);
  }

  return app;
}
