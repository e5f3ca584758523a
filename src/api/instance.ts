/** The instance itself: its stored settings, and the log of what was asked of it. */
import { Hono } from "hono";
import { type InstanceSettings, instanceView, readInstance, updateInstance } from "../tenancy/instance.ts";
import { adminOnly, tenantScope } from "./auth.ts";
import { emptyBody, jsonBody } from "./body.ts";
import { exportLog, purgeLog, readLog } from "./command-log.ts";
import { answer, type Env } from "./env.ts";
import { InstanceChanges } from "./schemas/instance.ts";
import { LogExportQuery, LogPurgeQuery, LogQuery, NoQuery } from "./schemas/queries.ts";
import type { Service } from "./service.ts";
import { settingViews } from "./settings-view.ts";
import { streamed } from "./streamed.ts";
import { invalidField, validated } from "./validation.ts";

export function instanceRoutes(service: Service): Hono<Env> {
  const { commandLog, db, directory, engine, now, vault } = service;
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
      const changes = c.req.valid("json");
      checkPassword(await readInstance(db, vault), changes);
      await updateInstance(db, vault, changes, now());
      directory.invalidate();
      if (changes.bounce_return_path !== undefined) engine.wake(); // with the new one, also what stands in line
      if (Object.keys(changes).some((field) => field.startsWith("bounce_"))) engine.bouncesChanged();
      return answer(c, instanceView(await readInstance(db, vault)));
    },
  );

  app.get("/instance/settings", adminOnly, validated("query", NoQuery), (c) =>
    answer(c, { settings: settingViews(service.config) }),
  );

  app.post("/instance/reload-bounce", adminOnly, emptyBody, validated("query", NoQuery), async (c) =>
    answer(c, { mailboxes: await engine.reloadMailboxes() }),
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

/** Where the mailbox is, and how its server proves itself. */
const PLACE = [
  "bounce_imap_host",
  "bounce_imap_port",
  "bounce_imap_ssl",
  "bounce_imap_tls_verify",
  "bounce_imap_ca",
] as const;

/** A stored password goes to no other server than it was given for. */
function checkPassword(stored: InstanceSettings, changes: InstanceChanges): void {
  const isMoved = PLACE.some((field) => changes[field] !== undefined && changes[field] !== (stored[field] ?? null));
  if (isMoved && stored.bounce_imap_password !== undefined && changes.bounce_imap_password === undefined)
    throw invalidField("bounce_imap_password", "must be sent again with another host, port or TLS");
}
