/** What can be said about tenants: looked at, chosen, suspended. */
import type { Command } from "commander";
import { segment } from "../api-call.ts";
import type { Row } from "../cell.ts";
import { print, printFields, printRows } from "../output.ts";
import { text, things } from "./answers.ts";
import type { Session } from "./session.ts";

export function addTenantCommands(program: Command, session: Session): void {
  addLooking(program, session);
  addSuspending(program, session);
}

function addLooking(program: Command, session: Session): void {
  const { call } = session;

  program
    .command("tenants")
    .description("all tenants")
    .action(async () => {
      const rows = things(await call("GET", "/tenants"), "tenants").map(
        ({ id, name, client_base_url, active, suspended_batches }): Row => ({
          id: text(id),
          name: text(name),
          base_url: text(client_base_url),
          active: active === true,
          suspended: Array.isArray(suspended_batches) ? suspended_batches.join(" ") : "",
        }),
      );
      printRows(rows, "no tenants yet", ["name", "base_url"]);
    });

  program
    .command("tenant <tenant>")
    .description("one tenant")
    .action(async (id: string) => {
      const { ok: _, ...tenant } = await call("GET", `/tenant/${segment(id)}`);
      printFields(tenant);
    });

  program
    .command("accounts [tenant]")
    .description("the SMTP accounts, with their health")
    .action(async (tenant: string | undefined) => {
      const answer = await call("GET", "/accounts", { query: { tenant_id: tenant ?? session.tenantId } });
      const rows = things(answer, "accounts").map(
        ({ id, tenant_id, host, port, state, sent_last_day, last_error }): Row => ({
          id: text(id),
          tenant: text(tenant_id),
          host: text(host),
          port: typeof port === "number" ? port : null,
          state: text(state),
          sent_last_day: Number(sent_last_day),
          last_error: text(last_error),
        }),
      );
      printRows(rows, "no accounts yet", ["port", "sent_last_day"]);
    });

  program
    .command("use [tenant]")
    .description("from now on commands are about this tenant; without one, about all of them")
    .action(async (id: string | undefined) => {
      if (id !== undefined) await call("GET", `/tenant/${segment(id)}`);
      session.tenantId = id;
    });
}

function addSuspending(program: Command, session: Session): void {
  const { call } = session;

  for (const [name, description, done] of [
    ["suspend", "hold back a tenant's batch, or all of its messages", "suspended"],
    ["activate", "let them go again", "active"],
  ] as const) {
    program
      .command(`${name} [batch]`)
      .description(description)
      .option("--tenant <tenant>", "whose")
      .action(async (batch: string | undefined, { tenant }: { tenant?: string }) => {
        const query = { tenant_id: tenant ?? session.tenantId, batch_code: batch };
        const { tenant_id, pending_messages } = await call("POST", `/commands/${name}`, { query });
        const whom = batch === undefined ? `tenant ${text(tenant_id)}` : `batch ${batch} of tenant ${text(tenant_id)}`;
        print(`${whom} is ${done}; messages that wait: ${text(pending_messages)}`);
      });
  }
}
