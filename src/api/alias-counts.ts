/** Figures that only aliases ask for, each as the one number that it is there. */
import { Hono } from "hono";
import { countLive } from "../queue/backlog.ts";
import { countPending } from "../queue/list.ts";
import { oneTenant, tenantScope } from "./auth.ts";
import { answer, type Env } from "./env.ts";
import { SuspensionQuery, TenantQuery } from "./schemas/queries.ts";
import type { Service } from "./service.ts";
import { validated } from "./validation.ts";

export function countRoutes(service: Service): Hono<Env> {
  const { db } = service;
  const app = new Hono<Env>();

  app.get("/counts/active", validated("query", TenantQuery), async (c) => {
    const live = await countLive(db, tenantScope(c, c.req.valid("query").tenant_id));
    return answer(c, { count: Object.values(live).reduce((sum, count) => sum + count, 0) });
  });

  app.get("/counts/pending", validated("query", SuspensionQuery), async (c) => {
    const { tenant_id, batch_code } = c.req.valid("query");
    return answer(c, { count: await countPending(db, await oneTenant(c, service, tenant_id), batch_code) });
  });

  return app;
}
