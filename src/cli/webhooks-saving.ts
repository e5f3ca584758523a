/** The commands that add and change a webhook, and give it another secret. */
import type { Command } from "commander";
import { WebhookChanges, WebhookInput } from "../api/schemas/webhook.ts";
import { WEBHOOK_EVENTS } from "../reports/webhooks/event-types.ts";
import { segment } from "./api-call.ts";
import { required } from "./ask.ts";
import { UsageError } from "./exit.ts";
import { addFlags, asNumber, checked, type Flag, givenFields } from "./flags.ts";
import { print, warn } from "./output.ts";
import { pickWebhook } from "./pick.ts";
import type { TenantScope } from "./tenant-scope.ts";
import { onServer } from "./webhooks-server.ts";

const EVENTS: Flag = {
  flags: "--events <names>",
  help: `only these, with commas: ${WEBHOOK_EVENTS.join(", ")}`,
  field: "events",
  read: (given) => String(given).split(","),
};
const CHANGES: readonly Flag[] = [
  { flags: "--url <url>", help: "where its events are posted", field: "url" },
  EVENTS,
  { flags: "--enabled", help: "it is told again, what waits for it at once", field: "enabled" },
  { flags: "--no-enabled", help: "nothing is told there any more", field: "enabled" },
];
const OVERLAP: Flag = {
  flags: "--overlap-seconds <number>",
  help: "how long the secret before signs too; as the setting says, where nothing is said",
  field: "overlap_seconds",
  read: asNumber,
};

export function addWebhookSaving(webhooks: Command, scope: TenantScope): void {
  const query = { tenant_id: scope.tenantId };

  const add = addFlags(webhooks.command("add [url]").description("a new one; prints its signing secret, shown once"), [
    EVENTS,
  ]);
  add.action(async (given: string | undefined) => {
    const url = await required(given, "the URL", "URL of the endpoint");
    const body = { url, ...(await givenFields(add, [EVENTS])) };
    checked(WebhookInput, body, [EVENTS]);
    const { id, signing_secret } = await onServer(scope, (call) => call("POST", "/webhooks", { query, body }));
    warn(`webhook ${id} is added; this is its signing secret, which is not shown again:`);
    print(String(signing_secret));
  });

  const update = addFlags(
    webhooks.command("update [id]").description('what is not given stays; --events "" are all of them'),
    CHANGES,
  );
  update.action(async (given: string | undefined) => {
    const body = await givenFields(update, CHANGES);
    if (Object.keys(body).length === 0) throw new UsageError("nothing is given to be changed");
    checked(WebhookChanges, body, CHANGES);
    const id = await pickWebhook(given, scope);
    await onServer(scope, (call) => call("PATCH", `/webhooks/${segment(id)}`, { query, body, flags: CHANGES }));
    print(`webhook ${id} is updated`);
  });

  const rotate = addFlags(
    webhooks
      .command("rotate-secret [id]")
      .description("another signing secret, shown once; the one before signs too for a while"),
    [OVERLAP],
  );
  rotate.action(async (given: string | undefined) => {
    const id = await pickWebhook(given, scope);
    const body = await givenFields(rotate, [OVERLAP]);
    const path = `/webhooks/${segment(id)}/rotate-secret`;
    const { signing_secret } = await onServer(scope, (call) => call("POST", path, { query, body, flags: [OVERLAP] }));
    print(String(signing_secret));
  });
}
