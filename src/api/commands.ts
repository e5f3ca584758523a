/** Commands that steer the queue: suspend, activate, and run now. */
import { Hono } from "hono";
import { AppError } from "../errors.ts";
import { countPending } from "../queue/list.ts";
import { activate, suspend, suspendedBatches, WHOLE_TENANT } from "../queue/suspend.ts";
import { oneTenant, tenantScope } from "./auth.ts";
import { emptyBody } from "./body.ts";
import { answer, type Env } from "./env.ts";
import { SuspensionQuery, TenantQuery } from "./schemas/queries.ts";
import type { Service } from "./service.ts";
import { validated } from "./validation.ts";

export function commandRoutes(service: Service): Hono<Env> {
  const { db, engine, now } = service;
  const app = new Hono<Env>();

  app.post("/commands/suspend", emptyBody, validated("query", SuspensionQuery), async (c) => {
    const { tenant_id, batch_code } = c.req.valid("query");
    const tenantId = await oneTenant(c, service, tenant_id);
    await suspend(db, tenantId, batch_code ?? WHOLE_TENANT, now());
    return answer(c, await suspension(tenantId, batch_code));
  });

  app.post("/commands/activate", emptyBody, validated("query", SuspensionQuery), async (c) => {
    const { tenant_id, batch_code } = c.req.valid("query");
    const tenantId = await oneTenant(c, service, tenant_id);
    const single = batch_code !== undefined && batch_code !== WHOLE_TENANT;
    if (single && (await suspendedBatches(db, tenantId)).includes(WHOLE_TENANT))
      throw new AppError("conflict", "the whole tenant is suspended: activate it as a whole");
    await activate(db, tenantId, batch_code ?? WHOLE_TENANT);
    engine.wake();
    return answer(c, await suspension(tenantId, batch_code));
  });

  app.post("/commands/run-now", emptyBody, validated("query", TenantQuery), async (c) => {
    const { tenant_id } = c.req.valid("query");
    const tenantId = tenant_id === undefined ? tenantScope(c, undefined) : await oneTenant(c, service, tenant_id);
    await engine.runNow(tenantId);
    return answer(c, {});
  });

  async function suspension(tenantId: string, batchCode: string | undefined) {
    return {
      tenant_id: tenantId,
      batch_code: batchCode ?? null,
      suspended_batches: await suspendedBatches(db, tenantId),
      pending_messages: await countPending(db, tenantId, batchCode),
    };
  }

  return app;
}
