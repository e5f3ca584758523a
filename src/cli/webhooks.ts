/** The commands on the webhooks of a tenant: `mail-proxy NAME TENANT webhooks ...`. */
import type { Command } from "commander";
import * as v from "valibot";
import { OneWebhook, type Webhook, WebhookPage } from "../api/schemas/answers-webhooks.ts";
import { segment } from "./api-call.ts";
import { agreed } from "./ask.ts";
import type { Row } from "./cell.ts";
import { addFormats, type Format, print, printFields, printList } from "./output.ts";
import { pickWebhook } from "./pick.ts";
import type { TenantScope } from "./tenant-scope.ts";
import { addWebhookDeliveries } from "./webhooks-deliveries.ts";
import { addWebhookReplay } from "./webhooks-replay.ts";
import { addWebhookSaving } from "./webhooks-saving.ts";
import { addWebhookTest } from "./webhooks-test.ts";

export function addWebhookCommands(program: Command, scope: TenantScope): void {
  const webhooks = program.command("webhooks").description("where the tenant is told of events as they happen");
  addReading(webhooks, scope);
  addWebhookSaving(webhooks, scope);
  addDeleting(webhooks, scope);
  addWebhookTest(webhooks, scope);
  addWebhookDeliveries(webhooks, scope);
  addWebhookReplay(webhooks, scope);
}

const COLUMNS = ["id", "url", "status", "events", "pending", "failures", "last_called", "created"] as const;

function addReading(webhooks: Command, scope: TenantScope): void {
  const { tenantId, withTenantApi } = scope;
  const query = { tenant_id: tenantId };

  addFormats(webhooks.command("list").description("oldest first")).action(async (format: Format) => {
    const { data } = v.parse(WebhookPage, await withTenantApi((call) => call("GET", "/webhooks", { query })));
    printList(
      {
        things: data,
        rows: data.map(row),
        columns: COLUMNS,
        none: `tenant ${tenantId} has no webhooks yet; add one with: webhooks add`,
        spare: ["created", "events", "failures", "last_called"],
      },
      format,
    );
  });

  addFormats(webhooks.command("show [id]").description("one webhook, and how it stands")).action(
    async (given: string | undefined, format: Format) => {
      const id = await pickWebhook(given, scope);
      const answer = await withTenantApi((call) => call("GET", `/webhooks/${segment(id)}`, { query }));
      const { ok: _, webhook, ...fields } = v.parse(OneWebhook, answer);
      printFields(format.json ? fields : inOneWord(webhook), format);
    },
  );
}

type WebhookView = v.InferOutput<typeof Webhook>;

function row(webhook: WebhookView): Row {
  return {
    id: webhook.id,
    url: webhook.url,
    status: webhook.status,
    events: webhook.events?.join(" ") ?? "all",
    pending: webhook.pending_deliveries,
    failures: webhook.consecutiveFailures,
    last_called: date(webhook.lastDeliveryAt),
    created: date(webhook.created_at),
  };
}

/** Each field once, and not once for each client of the email API. */
function inOneWord(webhook: WebhookView): Record<string, unknown> {
  const { id, url, events, status, pending_deliveries, consecutiveFailures: failures } = webhook;
  return {
    ...{ id, url, events: events ?? "all", status },
    disabled: date(webhook.disabledAt),
    disabled_reason: webhook.disabledReason,
    ...{ pending: pending_deliveries, failures },
    failing_since: date(webhook.failing_since),
    last_called: date(webhook.lastDeliveryAt),
    last_result: webhook.lastDeliveryStatus,
    secret_rotated: date(webhook.secretRotatedAt),
    previous_secret_until: date(webhook.previousSecretExpiresAt),
    created: date(webhook.created_at),
    updated: date(webhook.updated_at),
  };
}

/** A moment in ISO 8601 as a cell. */
function date(moment: string | null): Date | null {
  return moment === null ? null : new Date(moment);
}

function addDeleting(webhooks: Command, scope: TenantScope): void {
  const { tenantId, withTenantApi } = scope;
  webhooks
    .command("delete [id]")
    .description("nothing more is told there, and its log goes with it")
    .option("--force", "without being asked")
    .action(async (given: string | undefined, { force }: { force?: boolean }) => {
      const id = await pickWebhook(given, scope);
      await agreed(`Delete the webhook ${id} and its log?`, force);
      await withTenantApi((call) => call("DELETE", `/webhooks/${segment(id)}`, { query: { tenant_id: tenantId } }));
      print(`webhook ${id} is deleted`);
    });
}
