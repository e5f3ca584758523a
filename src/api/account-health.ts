/** An account's health in its owner's hands: tested step by step, and its pause ended. */
import { Hono } from "hono";
import { AppError } from "../errors.ts";
import { resumeAccount } from "../queue/health.ts";
import { findAccount } from "../tenancy/accounts.ts";
import { namedAccount, views } from "./accounts.ts";
import { emptyBody } from "./body.ts";
import { answer, type Env } from "./env.ts";
import { TenantQuery } from "./schemas/queries.ts";
import type { Service } from "./service.ts";
import { validated } from "./validation.ts";

export function accountHealthRoutes(service: Service): Hono<Env> {
  const { db, engine, now } = service;
  const app = new Hono<Env>();
  /** Tenants with a test under way. */
  const testing = new Set<string>();

  app.post("/account/:id/resume", emptyBody, validated("query", TenantQuery), async (c) => {
    const { key, tenantId, id } = await namedAccount(c, service, c.req.valid("query").tenant_id);
    await resume(key);
    const account = await findAccount(db, tenantId, id);
    const [view] = await views(service, account === undefined ? [] : [account]);
    return answer(c, { ...view });
  });

  app.post("/account/:id/test", emptyBody, validated("query", TenantQuery), async (c) => {
    const { key, tenantId, id, faults } = await namedAccount(c, service, c.req.valid("query").tenant_id);
    // One at a time: a test says how long each step took, and many of them would make a scanner of ports.
    if (testing.has(tenantId)) throw new AppError("conflict", "another account of this tenant is being tested");
    testing.add(tenantId);
    const steps = await engine.testAccount(key).finally(() => testing.delete(tenantId));
    const ok = steps.every((step) => step.ok);
    if (ok && faults > 0) await resume(key);
    return answer(c, { ok, id, tenant_id: tenantId, steps });
  });

  /** The pause is over, and connections are opened anew. */
  async function resume(accountKey: number): Promise<void> {
    await resumeAccount(db, accountKey, now());
    engine.accountChanged(accountKey);
  }

  return app;
}
