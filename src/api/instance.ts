/** The instance itself: its stored settings, and the log of what was asked of it. */
import { Hono } from "hono";
import { instanceView, readInstance, updateInstance } from "../tenancy/instance.ts";
import { adminOnly, tenantScope } from "./auth.ts";
import { jsonBody } from "./body.ts";
import { exportLog, purgeLog, readLog } from "./command-log.ts";
import { answer, type Env } from "./env.ts";
import { InstanceChanges } from "./schemas/instance.ts";
import { LogExportQuery, LogPurgeQuery, LogQuery, NoQuery } from "./schemas/queries.ts";
import type { Service } from "./service.ts";
import { validated } from "./validation.ts";

export function instanceRoutes(service: Service): Hono<Env> {
  const { commandLog, db, directory, now, vault } = service;
  const app = new Hono<Env>();

  app.get("/instance", adminOnly, validated("query", NoQuery), async (c) =>
    answer(c, instanceView(await readInstance(db, vault))),
  );

  app.put(
    "/instance",
    adminOnly,
    validated("query", NoQuery),
    jsonBody,
    validated("json", InstanceChanges),
    async (c) => {
      await updateInstance(db, vault, c.req.valid("json"), now());
      directory.invalidate();
      return answer(c, instanceView(await readInstance(db, vault)));
    },
  );

  app.get("/command-log", validated("query", LogQuery), async (c) => {
    const { tenant_id, since, until, cursor, limit } = c.req.valid("query");
    await commandLog.settled();
    const filter = { tenantId: tenantScope(c, tenant_id), since, until, before: cursor, limit };
    const { entries, next } = await readLog(db, filter);
    return answer(c, { commands: entries, next_cursor: next === undefined ? null : String(next) });
  });

  app.delete("/command-log", adminOnly, validated("query", LogPurgeQuery), async (c) => {
    await commandLog.settled();
    return answer(c, { deleted: await purgeLog(db, c.req.valid("query").until) });
  });

  app.get("/command-log/export", validated("query", LogExportQuery), async (c) => {
    const { tenant_id, since, until } = c.req.valid("query");
    await commandLog.settled();
    const lines = exportLog(db, { tenantId: tenantScope(c, tenant_id), since, until });
    c.header("Content-Type", "application/x-ndjson");
    c.header("Content-Disposition", 'attachment; filename="command-log.jsonl"');
    return c.body(streamed(lines));
  });

  return app;
}

/** One page whenever the reader wants more. */
function streamed(lines: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await lines.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      await lines.return(undefined);
    },
  });
}
