/** The suppression list of a tenant: listed, added to, taken from; as JSON, or as CSV of any length. */
import { Hono, type MiddlewareHandler } from "hono";
import { eachSuppression, listSuppressions } from "../tenancy/suppressions.ts";
import { addSuppressions, removeSuppressions } from "../tenancy/suppressions-save.ts";
import { oneTenant } from "./auth.ts";
import { bodyText, jsonBody } from "./body.ts";
import { answer, type Env } from "./env.ts";
import { TenantQuery } from "./schemas/queries.ts";
import {
  SuppressionInput,
  SuppressionQuery,
  SuppressionRemoval,
  SuppressionRemovalQuery,
} from "./schemas/suppressions.ts";
import type { Service } from "./service.ts";
import { streamed } from "./streamed.ts";
import { fromCsv, toCsv } from "./suppressions-csv.ts";
import { hasPassed, newSuppression, suppressEach } from "./suppressions-intake.ts";
import { invalidField, validated } from "./validation.ts";

const CSV = /^text\/csv\s*(?:;|$)/i;
const WANTS_CSV = /\btext\/csv\b/i;

export function suppressionRoutes(service: Service): Hono<Env> {
  const { db, now } = service;
  const app = new Hono<Env>();

  app.get("/suppressions", validated("query", SuppressionQuery), async (c) => {
    const { tenant_id, format, cursor, limit, ...filter } = c.req.valid("query");
    const tenantId = await oneTenant(c, service, tenant_id);
    const asCsv = format === undefined ? WANTS_CSV.test(c.req.header("Accept") ?? "") : format === "csv";
    c.header("Vary", "Accept");
    if (asCsv) {
      c.header("Content-Type", "text/csv; charset=utf-8");
      c.header("Content-Disposition", 'attachment; filename="suppressions.csv"');
      return c.body(streamed(toCsv(eachSuppression(db, { tenantId, before: cursor, ...filter }, now()))));
    }
    const page = await listSuppressions(db, { tenantId, before: cursor, limit, ...filter }, now());
    const next_cursor = page.next === undefined ? null : String(page.next);
    return answer(c, { suppressions: page.suppressions, next_cursor });
  });

  const takeCsv: MiddlewareHandler<Env> = async (c, next) => {
    if (!CSV.test(c.req.header("Content-Type") ?? "")) return next();
    const tenantId = await oneTenant(c, service, c.req.query("tenant_id"));
    const { payload, lines } = fromCsv(await bodyText(c));
    const taken = await suppressEach(db, tenantId, lines, now()).finally(() => c.set("payload", payload()));
    return answer(c, { ...taken });
  };

  app.post(
    "/suppressions",
    validated("query", TenantQuery),
    takeCsv,
    jsonBody,
    validated("json", SuppressionInput),
    async (c) => {
      const { tenant_id, address, suppressions = [], ...more } = c.req.valid("json");
      const inQuery = c.req.valid("query").tenant_id;
      if (tenant_id != null && inQuery !== undefined && tenant_id !== inQuery)
        throw invalidField("tenant_id", "is another one in the query string");
      const tenantId = await oneTenant(c, service, tenant_id ?? inQuery);
      const given = suppressions.map((each) => ({ given: each }));
      if (address === undefined) return answer(c, { ...(await suppressEach(db, tenantId, given, now())) });
      if (hasPassed(more, now())) throw invalidField("expires_ts", "must be in the future");
      const counts = await addSuppressions(db, tenantId, [newSuppression({ address, ...more })], now());
      return answer(c, { ...counts, rejected: [], rejected_total: 0 });
    },
  );

  app.delete(
    "/suppressions",
    validated("query", SuppressionRemovalQuery),
    jsonBody,
    validated("json", SuppressionRemoval),
    async (c) => {
      const { tenant_id, address } = c.req.valid("query");
      const { addresses = [] } = c.req.valid("json");
      const all = address === undefined ? addresses : [address, ...addresses];
      if (all.length === 0) throw invalidField("address", "is required, or addresses in the body");
      const tenantId = await oneTenant(c, service, tenant_id);
      const { removed, notFound } = await removeSuppressions(db, tenantId, all, now());
      return answer(c, { removed, not_found: notFound });
    },
  );

  return app;
}
