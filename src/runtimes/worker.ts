/**
 * The Cloudflare Worker: the same API as everywhere, and a queue that is worked off by the cron and behind each answer.
 *
 * 1. fetch       the API answers; behind the answer of a call that changed something goes a short drain
 * 2. scheduled   every minute: receipts that are late are noted; a drain within the budget of the settings; a batch of what
 *                retention lets go, and of expired files; last, mail that an older version kept is read
 * 3. email       the entrance for bounces (worker-email.ts); what they bring is reported behind them
 *
 * A drain sends and then reports (app.ts). Each invocation has a core of its own: workerd lets no I/O object cross from
 * one to another.
 */
import manifest from "../../package.json" with { type: "json" };
import { type App, createApp } from "../app.ts";
import { sweepFiles } from "../attachments/large-sweep.ts";
import { readArrivals } from "../bounces/arrivals.ts";
import { pecTimeouts } from "../bounces/pec-timeouts.ts";
import type { Source } from "../config.ts";
import type { Core } from "../core.ts";
import { sweepReported } from "../reports/retention.ts";
import { openWorkerCore, unavailable, type WorkerCore } from "./worker-core.ts";
import { BehindAnswers, cronBudget } from "./worker-drain.ts";
import { type IncomingMail, receive } from "./worker-email.ts";

/** Finished messages that one cron removes. */
const SWEEP = 500;
/** Expired files that it removes, a request each; and what finding them and writing that down takes. */
const FILES = 50;
const TO_SWEEP = 2;
/** Mails kept by an older version that one cron reads; to find them, then to look each up, twice maybe, write it down and delete it. */
const ARRIVALS = 3;
const TO_READ = 1 + 4 * ARRIVALS;
/** Messages of which one cron notes that their receipt is late. */
const LATE_RECEIPTS = 200;

const CHANGING = ["POST", "PUT", "PATCH", "DELETE"];

const behindAnswers = new BehindAnswers();

/** Of workerd's context, what is used here. */
interface Context {
  /** Keeps the invocation alive until the work is done. */
  waitUntil(work: Promise<unknown>): void;
}

export default {
  async fetch(request: Request, bindings: Source, context: Context): Promise<Response> {
    try {
      const core = await openWorkerCore(bindings);
      const app = await createWorkerApp(core);
      const response = await app.fetch(request);
      if (CHANGING.includes(request.method)) context.waitUntil(finish(app, core));
      return response;
    } catch (error) {
      return unavailable(error);
    }
  },

  async scheduled(_event: unknown, bindings: Source): Promise<void> {
    const core = await openWorkerCore(bindings);
    const { config, ports, db, vault } = core;
    if (config.testMode) return;
    const app = await createWorkerApp(core);
    // The drain reports what this brings.
    await pecTimeouts(db, ports.now(), LATE_RECEIPTS);
    await app.drain(cronBudget(config, ports.now()));
    await sweepReported(db, ports.now(), config.retentionSeconds * 1000, SWEEP);
    const left = () => ports.requests?.left ?? Number.POSITIVE_INFINITY;
    const limit = Math.min(FILES, left() - TO_SWEEP);
    await sweepFiles({ db, vault, surroundings: ports, now: ports.now(), limit });
    // Last: a MiB takes more CPU time than the free plan grants, which ends the invocation.
    if (left() >= TO_READ) await readArrivals(db, app, ARRIVALS);
  },

  /** What it throws is a temporary failure to the sender of the mail. */
  async email(mail: IncomingMail, bindings: Source, context: Context): Promise<void> {
    const core = await openWorkerCore(bindings);
    const app = await createWorkerApp(core);
    await receive(mail, app);
    context.waitUntil(finish(app, core));
  },
};

function createWorkerApp(core: WorkerCore): Promise<App> {
  return createApp(core, {
    version: manifest.version,
    commit: null,
    inbox: undefined,
    memory: core.memory,
    quick: true,
  });
}

/** A call that brought no work, or was refused, is only in the command log. */
async function finish(app: App, { config, ports }: Core): Promise<void> {
  if (app.isAsked && config.schedulerActive) await behindAnswers.drain(app, config, ports.now);
  else await app.settled();
}
