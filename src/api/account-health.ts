/** An account's health in its owner's hands: tested step by step, paused, and its pause ended. */
import { Hono } from "hono";
import { AppError } from "../errors.ts";
import { resumeAccount } from "../queue/health.ts";
import { findAccount } from "../tenancy/accounts.ts";
import { pauseByHand } from "../tenancy/hand-pause.ts";
import { namedAccount, views } from "./accounts.ts";
import { emptyBody } from "./body.ts";
import { answer, type Env } from "./env.ts";
import { PauseQuery, TenantQuery } from "./schemas/queries.ts";
import type { Service } from "./service.ts";
import { invalidField, validated } from "./validation.ts";

export function accountHealthRoutes(service: Service): Hono<Env> {
  const { db, engine, now } = service;
  const app = new Hono<Env>();
  /** Tenants with a test under way. */
  const testing = new Set<string>();

  app.post("/account/:id/resume", emptyBody, validated("query", TenantQuery), async (c) => {
    const { key, tenantId, id } = await namedAccount(c, service, c.req.valid("query").tenant_id);
    await resume(key);
    return answer(c, await shown(tenantId, id));
  });

  app.post("/account/:id/pause", emptyBody, validated("query", PauseQuery), async (c) => {
    const { tenant_id, until } = c.req.valid("query");
    const { key, tenantId, id } = await namedAccount(c, service, tenant_id);
    if (until !== undefined && until <= now()) throw invalidField("until", "must be in the future");
    await pauseByHand(db, key, until, now());
    engine.accountChanged(key);
    return answer(c, await shown(tenantId, id));
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

  async function shown(tenantId: string, id: string) {
    const account = await findAccount(db, tenantId, id);
    const [view] = await views(service, account === undefined ? [] : [account]);
    return { ...view };
  }

  return app;
}
