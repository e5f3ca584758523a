/**
 * The Cloudflare Worker: the same API as everywhere, and a queue that is worked off by the cron and after each change.
 *
 * 1. fetch       the API answers; behind the answer of a changing call goes a short drain
 * 2. scheduled   every minute: a longer drain, then a batch of what retention lets go
 *
 * A drain sends (dispatch) and then reports. Each invocation has a core of its own: workerd lets no I/O object cross
 * from one to another.
 */
import manifest from "../../package.json" with { type: "json" };
import { type App, type Core, createApp } from "../app.ts";
import type { Source } from "../config.ts";
import { Dispatcher } from "../dispatch/dispatcher.ts";
import { createReportLog } from "../reports/log.ts";
import { Reporter } from "../reports/loop.ts";
import { sweepReported } from "../reports/retention.ts";
import { openWorkerCore, unavailable } from "./worker-core.ts";

/** What an invocation may still do once its answer is out: Cloudflare ends it after 30 s. */
const AFTER_CALL = { messages: 50, ms: 10_000, graceMs: 10_000, tenants: 10 };
/** Most of a minute, so that one cron seldom meets the next; where it does, their claims do not overlap. */
const CRON = { messages: 1_000, ms: 45_000, graceMs: 10_000, tenants: 1_000 };
/** Finished messages that one cron removes. */
const SWEEP = 500;

const CHANGING = ["POST", "PUT", "PATCH", "DELETE"];

/** Of workerd's context, what is used here. */
interface Context {
  /** Keeps the invocation alive until the work is done. */
  waitUntil(work: Promise<unknown>): void;
}

export default {
  async fetch(request: Request, bindings: Source, context: Context): Promise<Response> {
    try {
      const core = await openWorkerCore(bindings);
      const app = await createApp(core, { version: manifest.version, inbox: undefined });
      const response = await app.fetch(request);
      if (CHANGING.includes(request.method)) context.waitUntil(finish(app, core, response.ok));
      return response;
    } catch (error) {
      return unavailable(error);
    }
  },

  async scheduled(_event: unknown, bindings: Source): Promise<void> {
    const core = await openWorkerCore(bindings);
    if (core.config.testMode) return;
    await drain(core, CRON);
    await sweepReported(core.db, Date.now(), core.config.retentionSeconds * 1000, SWEEP);
  },
};

/** Settles what the call began and writes the command log, where refused calls stand too; a call that changed something drains. */
async function finish(app: App, core: Core, changed: boolean): Promise<void> {
  await app.stop();
  if (changed) await drain(core, AFTER_CALL);
}

/** Sends what is due, then tells the tenants whatever there is to tell. */
async function drain({ config, ports, db, vault }: Core, { messages, ms, graceMs, tenants }: typeof CRON) {
  if (!config.schedulerActive) return;
  const { now } = ports;
  const until = now() + ms;
  // The reporter's tick finds by itself who has news.
  const dispatcher = new Dispatcher({ config, ports, db, vault, report: () => undefined });
  await dispatcher.drain({ messages, until, graceMs });
  const reporter = new Reporter({
    db,
    vault,
    now,
    random: Math.random,
    resolve: ports.resolve,
    syncIntervalMs: config.syncInterval * 1000,
    pollIntervalMs: config.pollInterval * 1000,
    manual: true,
    onEvent: createReportLog(),
  });
  await reporter.tick({ tenants, until });
}
