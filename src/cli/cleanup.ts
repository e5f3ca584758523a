/** The command that removes what is finished and told before its time: `mail-proxy NAME cleanup`. */
import type { Command } from "commander";
import { CleanupMessages } from "../api/schemas/queries.ts";
import { rows } from "../db/database.ts";
import { cleanup } from "../reports/retention.ts";
import { findTenant } from "../tenancy/tenants.ts";
import { withCore } from "./core.ts";
import { addFlags, asNumber, checked, type Flag, givenFields } from "./flags.ts";
import type { Instance } from "./home.ts";
import { print } from "./output.ts";
import { startProgress } from "./progress.ts";
import { noSuchTenant } from "./unknown.ts";

const COUNT = "select count(*) as total from messages where :tenant is null or tenant_id = :tenant";

const FLAGS: readonly Flag[] = [
  {
    flags: "--older-than <seconds>",
    help: "finished so long ago; otherwise as long as the setting RETENTION_SECONDS says",
    field: "older_than_seconds",
    read: asNumber,
  },
];

export function addCleanupCommand(program: Command, instance: Instance): void {
  const command = program
    .command("cleanup")
    .description("remove messages that are finished, reported and old; a running server does so by itself")
    .option("--tenant <id>", "those of one tenant");
  addFlags(command, FLAGS).action(async ({ tenant }: { tenant?: string }) => {
    const { older_than_seconds } = checked(CleanupMessages, await givenFields(command, FLAGS), FLAGS);
    const removed = await withCore(instance, async ({ config, db, ports }) => {
      if (tenant !== undefined && (await findTenant(db, tenant)) === undefined) throw await noSuchTenant(db, tenant);
      const [all] = await rows<{ total: number }>(db, COUNT, { tenant: tenant ?? null });
      const progress = startProgress("cleanup", all?.total);
      const ageMs = (older_than_seconds ?? config.retentionSeconds) * 1000;
      return cleanup(db, tenant, ageMs, ports.now(), (looked) => progress.to(looked)).finally(progress.end);
    });
    print(`messages removed: ${removed}`);
  });
}
