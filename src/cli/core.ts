/** Opens an instance's database with what this machine supplies, for the service and for every command on data. */
import { hostname } from "node:os";
import { setImmediate as nextTurn } from "node:timers/promises";
import { type Core, openCore } from "../core.ts";
import type { Ports } from "../ports.ts";
import { openDatabase } from "../runtimes/database.ts";
import { openFolder } from "../runtimes/folder.ts";
import { hostName } from "../runtimes/hostname.ts";
import { createHttpClient } from "../runtimes/http-client.ts";
import { openMailbox } from "../runtimes/imap.ts";
import { resolve } from "../runtimes/resolve.ts";
import { findTenant } from "../tenancy/tenants.ts";
import { opening } from "./database-fault.ts";
import type { Instance } from "./home.ts";
import { type CompleteConfig, prepare, settingsOf } from "./settings.ts";
import { noSuchTenant } from "./unknown.ts";

export function openHere(
  config: CompleteConfig,
  of: Pick<Ports, "openDatabase" | "sandbox" | "contentStorage">,
): Promise<Core> {
  const machine = {
    resolve,
    http: createHttpClient(),
    folder: openFolder,
    openMailbox,
    hostName: hostName(hostname()),
    restrictions: undefined,
  };
  const ports = { now: Date.now, nextTurn, ...machine, ...of };
  return opening(config.databaseUrl, () => openCore(config, ports));
}

/** Works on the instance's database, also while its server runs, and closes it again. */
export async function withCore<T>(instance: Instance, work: (core: Core) => Promise<T>): Promise<T> {
  const core = await openHere(prepare(instance, settingsOf(instance)).config, { openDatabase, sandbox: undefined });
  try {
    return await work(core);
  } finally {
    await core.close();
  }
}

/** The same once it is certain that the tenant is there. */
export type WithTenant = <T>(work: (core: Core) => Promise<T>) => Promise<T>;

export function withTenantOf(instance: Instance, tenantId: string): WithTenant {
  return (work) =>
    withCore(instance, async (core) => {
      if ((await findTenant(core.db, tenantId)) === undefined) throw await noSuchTenant(core.db, tenantId);
      return work(core);
    });
}
