/** The command that tries a webhook out: sends it a test, and waits to see what its endpoint answers. */
import { setTimeout as pause } from "node:timers/promises";
import type { Command } from "commander";
import * as v from "valibot";
import { OneDelivery } from "../api/schemas/answers-webhooks.ts";
import { type Call, segment } from "./api-call.ts";
import { Failure } from "./exit.ts";
import { print, warn } from "./output.ts";
import { pickWebhook } from "./pick.ts";
import { callsToServer } from "./server.ts";
import type { TenantScope } from "./tenant-scope.ts";
import { onServer } from "./webhooks-server.ts";

/** A call takes 15 s at most. */
const PATIENCE_MS = 20_000;
const LOOK_EVERY_MS = 200;

export function addWebhookTest(webhooks: Command, scope: TenantScope): void {
  webhooks
    .command("test [id]")
    .description("send it an event `webhook.test`, and see what it answers; exit code 1 where it does not take it")
    .action(async (given: string | undefined) => {
      const id = await pickWebhook(given, scope);
      const query = { tenant_id: scope.tenantId };
      await onServer(scope, async (call) => {
        const test = await call("POST", `/webhooks/${segment(id)}/test`, { query });
        const path = `/webhooks/${segment(id)}/deliveries/${segment(String(test.id))}`;
        if (callsToServer(scope.instance) === undefined)
          return warn(`No server runs here: the test is sent when one does. It is delivery ${test.id}`);
        const result = await outcome(call, path, query);
        if (result === undefined) throw new Failure(`the endpoint was not called within ${PATIENCE_MS / 1000} s`);
        const { http_status_code: status, error, duration_ms } = result;
        if (error !== null) throw new Failure(`the endpoint did not take it: ${error}`);
        print(`the endpoint took it: HTTP ${status} after ${duration_ms} ms`);
      });
    });
}

type Attempt = v.InferOutput<typeof OneDelivery>["attempts"][number];

/** The first call, as soon as it was made. */
async function outcome(call: Call, path: string, query: { tenant_id: string }): Promise<Attempt | undefined> {
  for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += LOOK_EVERY_MS) {
    const { attempts } = v.parse(OneDelivery, await call("GET", path, { query }));
    if (attempts[0] !== undefined) return attempts[0];
    await pause(LOOK_EVERY_MS);
  }
  return undefined;
}
