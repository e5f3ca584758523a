/** The command that shows the log of a webhook: its deliveries, or one of them call by call. */
import type { Command } from "commander";
import * as v from "valibot";
import { type Delivery, DeliveryPage, OneDelivery } from "../api/schemas/answers-webhooks.ts";
import { DeliveryQuery } from "../api/schemas/webhook.ts";
import { TEST_EVENT, WEBHOOK_EVENTS } from "../reports/webhooks/event-types.ts";
import { DELIVERY_STATES } from "../tenancy/webhooks-log.ts";
import { segment } from "./api-call.ts";
import type { Row } from "./cell.ts";
import { addFlags, checked, type Flag, givenFields } from "./flags.ts";
import { addFormats, type Format, print, printFields, printList, printRows, warn } from "./output.ts";
import { pickWebhook } from "./pick.ts";
import type { TenantScope } from "./tenant-scope.ts";

/** The filters of `GET /webhooks/{id}/deliveries`, by its parameters. */
const FILTERS: readonly Flag[] = [
  { flags: "--state <state>", help: "only those that stand so", field: "state", values: DELIVERY_STATES },
  {
    flags: "--event-type <type>",
    help: "only this event",
    field: "event_type",
    values: [...WEBHOOK_EVENTS, TEST_EVENT],
  },
  { flags: "--since <time>", help: "made at or after this: ISO 8601 or Unix seconds", field: "since" },
  { flags: "--until <time>", help: "made before this", field: "until" },
  { flags: "--limit <number>", help: "at most 500; otherwise 50", field: "limit" },
  { flags: "--cursor <cursor>", help: "the next page, as the one before named it", field: "cursor" },
];

const COLUMNS = ["id", "type", "state", "attempts", "code", "created", "next", "delivered"] as const;

export function addWebhookDeliveries(webhooks: Command, scope: TenantScope): void {
  const list = addFormats(
    webhooks.command("deliveries [id] [delivery]").description("its log, newest first; or one delivery, call by call"),
  );
  addFlags(list, FILTERS).action(
    async (given: string | undefined, delivery: string | undefined, { json = false, csv = false }: Format) => {
      const id = await pickWebhook(given, scope);
      const format = { json, csv };
      if (delivery === undefined) await showLog(scope, id, await givenFields(list, FILTERS), format);
      else await showOne(scope, id, delivery, format);
    },
  );
}

async function showLog(
  { tenantId, withTenantApi }: TenantScope,
  id: string,
  given: Record<string, unknown>,
  format: Format,
): Promise<void> {
  const query = { limit: "50", ...given, tenant_id: tenantId };
  checked(DeliveryQuery, query, FILTERS);
  const path = `/webhooks/${segment(id)}/deliveries`;
  const answer = await withTenantApi((call) => call("GET", path, { query, flags: FILTERS }));
  const { data, next_cursor } = v.parse(DeliveryPage, answer);
  const spare = ["delivered", "next", "created", "attempts"];
  printList({ things: data, rows: data.map(row), columns: COLUMNS, none: "nothing was to be told", spare }, format);
  if (next_cursor !== null) warn(`There are more: --cursor ${next_cursor}`);
}

async function showOne(
  { tenantId, withTenantApi }: TenantScope,
  id: string,
  delivery: string,
  format: Format,
): Promise<void> {
  const path = `/webhooks/${segment(id)}/deliveries/${segment(delivery)}`;
  const answer = await withTenantApi((call) => call("GET", path, { query: { tenant_id: tenantId } }));
  const { ok: _, payload, attempts, ...fields } = v.parse(OneDelivery, answer);
  if (format.json) return printFields({ ...fields, payload, attempts }, format);
  printFields({ ...row(fields), body: JSON.stringify(payload) }, format);
  if (format.csv) return;
  print("");
  printRows(
    attempts.map(({ sent_at, duration_ms, http_status_code, error, response }) => ({
      called: new Date(sent_at),
      ms: duration_ms,
      code: http_status_code,
      error,
      answer: response,
    })),
    "it has not been called for this yet",
  );
}

function row(delivery: v.InferOutput<typeof Delivery>): Row {
  const { id, type, state, attempt_count: attempts, http_status_code: code } = delivery;
  const date = (moment: string | null) => moment && new Date(moment);
  const { created_at, next_attempt_at, delivered_at } = delivery;
  return {
    ...{ id, type, state, attempts, code },
    created: new Date(created_at),
    next: date(next_attempt_at),
    delivered: date(delivered_at),
  };
}
