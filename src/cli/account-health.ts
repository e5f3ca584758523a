/** The commands on an account's health: tried step by step, paused, and its pause ended. */
import type { Command } from "commander";
import * as v from "valibot";
import { findAccount } from "../tenancy/accounts.ts";
import { type Call, segment } from "./api-call.ts";
import { addFormats, type Format, print, printList } from "./output.ts";
import { pickAccount } from "./pick.ts";
import { callsToServer } from "./server.ts";
import type { TenantScope } from "./tenant-scope.ts";
import { noSuchAccount } from "./unknown.ts";
import { wake } from "./wake.ts";

const COLUMNS = ["step", "state", "ms", "detail"] as const;

/** In whose name the API's complaint is told. */
const UNTIL = { flags: "--until <time>", help: "", field: "until" };

const Test = v.object({
  ok: v.boolean(),
  steps: v.array(v.object({ step: v.string(), ok: v.boolean(), ms: v.number(), detail: v.nullable(v.string()) })),
});

export function addAccountHealth(accounts: Command, scope: TenantScope): void {
  const { instance, tenantId } = scope;
  const path = (id: string, what: string) => `/account/${segment(id)}/${what}`;
  const query = { tenant_id: tenantId };

  const test = accounts
    .command("test [id]")
    .description(
      "connect and log in, telling each step; exit code 1 where one fails. A passed test ends a pause after a fault",
    );
  addFormats(test).action(async (given: string | undefined, format: Format) => {
    const id = await pickAccount(given, scope);
    const { ok, steps } = v.parse(
      Test,
      await onAccount(scope, id, (call) => call("POST", path(id, "test"), { query })),
    );
    const rows = steps.map((step) => ({ ...step, state: step.ok ? "ok" : "failed" }));
    const shown = rows.map((row) => Object.fromEntries(COLUMNS.map((name) => [name, row[name]])));
    printList({ things: steps, rows: shown, columns: COLUMNS, none: "nothing was tried" }, format);
    if (!ok) process.exitCode = 1;
  });

  accounts
    .command("pause [id]")
    .description("take up none of its mail until it is resumed, or until a moment; what is being sent is finished")
    .option("--until <time>", "then it sends again by itself: Unix seconds or ISO 8601")
    .action(async (given: string | undefined, { until }: { until?: string }) => {
      const id = await pickAccount(given, scope);
      const options = { query: { ...query, until }, flags: [UNTIL] };
      await onAccount(scope, id, (call) => call("POST", path(id, "pause"), options));
      print(`account ${id} is paused until ${until ?? "it is resumed"}`);
    });

  accounts
    .command("resume [id]")
    .description("end its pause at once, without a test")
    .action(async (given: string | undefined) => {
      const id = await pickAccount(given, scope);
      await onAccount(scope, id, (call) => call("POST", path(id, "resume"), { query }));
      await wake(instance);
      print(`account ${id} sends again`);
    });
}

/** By the running server, which alone reaches its sandbox and drops its old connections; else in this process. */
async function onAccount<T>(scope: TenantScope, id: string, work: (call: Call) => Promise<T>): Promise<T> {
  const { instance, tenantId, withTenantApi } = scope;
  return withTenantApi(async (call, { db }) => {
    if ((await findAccount(db, tenantId, id)) === undefined) throw await noSuchAccount(db, tenantId, id);
    return work(callsToServer(instance) ?? call);
  });
}
