/** The command that makes deliveries once more: one, or those of a range. */
import type { Command } from "commander";
import { ReplayRange } from "../api/schemas/webhook.ts";
import { TEST_EVENT, WEBHOOK_EVENTS } from "../reports/webhooks/event-types.ts";
import { REPLAYABLE } from "../tenancy/webhooks-replay.ts";
import { segment } from "./api-call.ts";
import { UsageError } from "./exit.ts";
import { addFlags, asNumber, checked, type Flag, givenFields } from "./flags.ts";
import { print, warn } from "./output.ts";
import { pickWebhook } from "./pick.ts";
import type { TenantScope } from "./tenant-scope.ts";
import { onServer } from "./webhooks-server.ts";

const RANGE: readonly Flag[] = [
  { flags: "--since <time>", help: "those made at or after this: ISO 8601 or Unix seconds", field: "since" },
  { flags: "--until <time>", help: "and before this", field: "until" },
  {
    flags: "--states <states>",
    help: `only what stands so, with commas: ${REPLAYABLE.join(", ")}; otherwise all three`,
    field: "states",
    read: (given) => String(given).split(","),
  },
  {
    flags: "--event-type <type>",
    help: "only this event",
    field: "event_type",
    values: [...WEBHOOK_EVENTS, TEST_EVENT],
  },
  { flags: "--limit <number>", help: "at most 1000; otherwise 100", field: "limit", read: asNumber },
  { flags: "--cursor <cursor>", help: "those behind it, as the replay before named it", field: "cursor" },
];

const EXAMPLES = `
Examples:
  webhooks replay ID msg_...                                  one delivery
  webhooks replay ID --since 2026-11-21 --states failed,missed   what was never taken`;

export function addWebhookReplay(webhooks: Command, scope: TenantScope): void {
  const replay = webhooks
    .command("replay [id] [delivery]")
    .description("once more, each under the id that it had: one delivery, or those of a range, the oldest first");
  addFlags(replay, RANGE)
    .addHelpText("after", EXAMPLES)
    .action(async (given: string | undefined, delivery: string | undefined) => {
      const range = await givenFields(replay, RANGE);
      const isRange = Object.keys(range).length > 0;
      if (isRange === (delivery !== undefined)) throw new UsageError("give a delivery, or --since for a range");
      if (isRange) checked(ReplayRange, range, RANGE);
      const id = await pickWebhook(given, scope);
      if (delivery === undefined) await replayRange(scope, id, range);
      else await replayOne(scope, id, delivery);
    });
}

async function replayOne(scope: TenantScope, id: string, delivery: string): Promise<void> {
  const path = `/webhooks/${segment(id)}/deliveries/${segment(delivery)}/replay`;
  await onServer(scope, (call) => call("POST", path, { query: { tenant_id: scope.tenantId } }));
  print(`delivery ${delivery} goes once more`);
}

async function replayRange(scope: TenantScope, id: string, body: Record<string, unknown>): Promise<void> {
  const path = `/webhooks/${segment(id)}/deliveries/replay`;
  const query = { tenant_id: scope.tenantId };
  const answer = await onServer(scope, (call) => call("POST", path, { query, body, flags: RANGE }));
  const { replayed, remaining, next_cursor } = answer;
  print(`deliveries that go once more: ${replayed}`);
  if (next_cursor !== null) warn(`There are ${remaining} more: --cursor ${next_cursor}`);
}
