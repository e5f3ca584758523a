/**
 * The Cloudflare Worker: the same API as everywhere, and a queue that is worked off by the cron and behind each answer.
 *
 * 1. fetch       the API answers; behind the answer of a call that changed something goes a short drain
 * 2. scheduled   every minute: a drain within the budget of the settings, then a batch of what retention lets go, and of expired files
 * 3. email       the entrance for bounces (worker-email.ts)
 *
 * A drain sends and then reports (app.ts). Each invocation has a core of its own: workerd lets no I/O object cross from
 * one to another.
 */
import manifest from "../../package.json" with { type: "json" };
import { type App, type Core, createApp } from "../app.ts";
import { sweepFiles } from "../attachments/large-sweep.ts";
import type { Source } from "../config.ts";
import { sweepReported } from "../reports/retention.ts";
import { openWorkerCore, unavailable, type WorkerCore } from "./worker-core.ts";
import { BehindAnswers, cronBudget } from "./worker-drain.ts";
import { type IncomingMail, receive } from "./worker-email.ts";

/** Finished messages that one cron removes. */
const SWEEP = 500;
/** Expired files that it removes, a request each; and what finding them and writing that down takes. */
const FILES = 50;
const TO_SWEEP = 2;

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
    await app.drain(cronBudget(config, ports.now()));
    await sweepReported(db, ports.now(), config.retentionSeconds * 1000, SWEEP);
    const limit = Math.min(FILES, (ports.requests?.left ?? FILES) - TO_SWEEP);
    await sweepFiles({ db, vault, surroundings: ports, now: ports.now(), limit });
  },

  /** What it throws is a temporary failure to the sender of the mail. */
  async email(mail: IncomingMail, bindings: Source): Promise<void> {
    await receive(mail, await openWorkerCore(bindings));
  },
};

function createWorkerApp(core: WorkerCore): Promise<App> {
  return createApp(core, { version: manifest.version, inbox: undefined, memory: core.memory, quick: true });
}

/** A call that brought no work, or was refused, is only in the command log. */
async function finish(app: App, { config, ports }: Core): Promise<void> {
  if (app.isAsked && config.schedulerActive) await behindAnswers.drain(app, config, ports.now);
  else await app.settled();
}
