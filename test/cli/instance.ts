/** An instance `one` with the tenant `shop` in it, made in this process, since a process for each step takes its time. */
import { join } from "node:path";
import { vi } from "vitest";
import { type Call, withApi } from "../../src/cli/api-call.ts";
import { withCore } from "../../src/cli/core.ts";
import { createProgram } from "../../src/cli/program.ts";
import type { Core } from "../../src/core.ts";
import { upsertAccount } from "../../src/tenancy/accounts-save.ts";
import { upsertTenant } from "../../src/tenancy/tenants.ts";
import { commandLineWithInstance } from "./program.ts";

export async function commandLineWithTenant(environment: Record<string, string> = {}) {
  const line = commandLineWithInstance(environment);
  const instance = { name: "one", folder: join(line.home, "one") };
  const core = <T>(work: (core: Core) => Promise<T>) => withCore(instance, work);
  await core(({ db, vault, ports }) => upsertTenant(db, vault, { id: "shop" }, ports.now()));
  const json = async (...args: string[]) => JSON.parse(await answer(["--home", line.home, ...args, "--json"]));
  const addAccount = (id: string, port: number) =>
    core(({ db, vault, ports }) =>
      upsertAccount(db, vault, "shop", { id, host: "127.0.0.1", port, tls: "none" }, ports.now()),
    );
  const call: Call = (...args) => withApi(instance, (ofApi) => ofApi(...args));
  const add = (...messages: object[]) => {
    const basics = { tenant_id: "shop", from: "a@example.com", to: "b@example.com", subject: "s", body: "b" };
    return call("POST", "/commands/add-messages", { body: { messages: messages.map((m) => ({ ...basics, ...m })) } });
  };
  return { ...line, instance, core, json, call, add, addAccount };
}

/** What a command prints, run in this process. */
export async function answer(args: string[]): Promise<string> {
  let printed = "";
  const output = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed += text;
    return true;
  });
  await createProgram()
    .parseAsync(args, { from: "user" })
    .finally(() => output.mockRestore());
  return printed;
}
