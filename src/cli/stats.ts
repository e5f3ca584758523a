/** The command that counts: what waits in the queue, and what has become of all that went through it. */
import type { Command } from "commander";
import type { Core } from "../core.ts";
import { rows } from "../db/database.ts";
import { countLive } from "../queue/backlog.ts";
import { COUNTER } from "../queue/events.ts";
import { oldestReadyAt } from "../queue/list.ts";
import { withCore } from "./core.ts";
import type { Instance } from "./home.ts";
import { addFormats, type Format, printFields } from "./output.ts";

export function addStatsCommand(program: Command, instance: Instance): void {
  addFormats(program.command("stats"))
    .description("what waits, and what became of the rest")
    .action(async (format: Format) => printFields(await withCore(instance, figures), format));
}

async function figures({ db, ports }: Core) {
  const live = await countLive(db);
  const oldest = await oldestReadyAt(db);
  const totals = await rows<{ name: string; total: number }>(
    db,
    "select name, sum(value) as total from counters group by name",
  );
  const total = (name: string) => totals.find((row) => row.name === name)?.total ?? 0;
  return {
    ready: live.ready,
    scheduled: live.scheduled,
    held: live.held,
    sending: live.sending,
    oldest_ready_seconds: oldest === undefined ? null : Math.floor((ports.now() - oldest) / 1000),
    sent_total: total(COUNTER.sent),
    errors_total: total(COUNTER.error),
    deferred_total: total(COUNTER.deferred),
    rate_limited_total: total(COUNTER.rateLimited),
  };
}
