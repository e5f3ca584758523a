/** What operators and their machines look at: alive, ready, status, metrics. */
import { type Context, Hono } from "hono";
import type { MailboxState } from "../bounces/mailbox-state.ts";
import { rows } from "../db/database.ts";
import { AppError } from "../errors.ts";
import { countLive } from "../queue/backlog.ts";
import { oldestReadyAt } from "../queue/list.ts";
import { adminOnly } from "./auth.ts";
import { answer, type Env } from "./env.ts";
import { metricsText } from "./metrics.ts";
import { NoQuery } from "./schemas/queries.ts";
import type { Service } from "./service.ts";
import { validated } from "./validation.ts";

/** Needs no token: whoever asks is told nothing but yes or no. */
export function publicRoutes(service: Service): Hono<Env> {
  const { config, db, engine } = service;
  const app = new Hono<Env>();

  // The second is the reference's other name for it.
  for (const path of ["/health", "/instance/health"]) app.get(path, (c) => answer(c, { status: "ok" }));

  app.get("/ready", async (c) => {
    if (engine.state().draining) throw new AppError("draining", "this process is stopping", { retryAfter: 5 });
    await rows(db, "select 1");
    return answer(c, { status: "ready" });
  });

  if (config.metrics === "public") app.get("/metrics", (c) => metrics(c, service));

  return app;
}

export function operationRoutes(service: Service): Hono<Env> {
  const { commit, config, db, engine, now, version } = service;
  const app = new Hono<Env>();

  app.get("/status", adminOnly, validated("query", NoQuery), async (c) => {
    const oldest = await oldestReadyAt(db);
    return answer(c, {
      version,
      commit,
      ...engine.state(),
      mailboxes: (await engine.mailboxes()).map(mailboxView),
      queue: { ...(await countLive(db)), oldest_ready_seconds: oldest === undefined ? null : (now() - oldest) / 1000 },
    });
  });

  if (config.metrics === "token") app.get("/metrics", adminOnly, (c) => metrics(c, service));

  return app;
}

/** In the API's names and its Unix seconds. */
function mailboxView(mailbox: MailboxState) {
  return {
    id: mailbox.id,
    tenant_id: mailbox.tenantId,
    account_id: mailbox.accountId,
    state: mailbox.state,
    last_read_ts: seconds(mailbox.lastReadAt),
    last_error: mailbox.lastError,
    last_error_ts: seconds(mailbox.lastErrorAt),
    retry_ts: seconds(mailbox.retryAt),
  };
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : Math.floor(ms / 1000);
}

async function metrics(c: Context<Env>, { db, durations, engine, mails, now, version }: Service): Promise<Response> {
  await durations.flush();
  const text = await metricsText(db, { ...engine.state(), mails, version }, now());
  return c.body(text, 200, { "Content-Type": "text/plain; version=0.0.4; charset=utf-8" });
}
