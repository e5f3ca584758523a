/** The one place where everything is assembled: the engine (dispatcher, reporter and webhooks), and API and dashboard in front of it. */
import type { Hono } from "hono";
import { CommandLog } from "./api/command-log.ts";
import { Door, type Pass, TOO_MUCH_READ } from "./api/door.ts";
import { createApi } from "./api/index.ts";
import type { Engine, Service } from "./api/service.ts";
import { type Login, logIn, type Taken, takeMail, tenantNamed } from "./api/submission.ts";
import type { Submission } from "./api/submit.ts";
import { createFetcher } from "./attachments/index.ts";
import { LinkSigner } from "./attachments/large-link.ts";
import { readArrivals } from "./bounces/arrivals.ts";
import { type Arrived, type Received, Receiver } from "./bounces/receive.ts";
import { ConfigError } from "./config.ts";
import type { Core } from "./core.ts";
import { isForDashboard, leadIn } from "./dashboard/front-door.ts";
import { createDashboard } from "./dashboard/index.tsx";
import { type Budget, Dispatcher } from "./dispatch/dispatcher.ts";
import { Mailboxes } from "./dispatch/mailboxes.ts";
import { renditions } from "./dispatch/rendition.ts";
import { Sweeper } from "./dispatch/sweeper.ts";
import { AppError } from "./errors.ts";
import { stepLevel } from "./logs/steps.ts";
import { Durations } from "./queue/durations.ts";
import { Intake } from "./queue/intake.ts";
import { readPulses } from "./queue/pulse.ts";
import { createReportLog } from "./reports/log.ts";
import { Reporter } from "./reports/loop.ts";
import { createWebhookLog } from "./reports/webhooks/log.ts";
import { Webhooks } from "./reports/webhooks/loop.ts";
import { hashToken } from "./security/tokens.ts";
import { Directory, type DirectoryMemory } from "./tenancy/directory.ts";
import { accountMailbox } from "./tenancy/mailboxes.ts";
import { Sessions } from "./tenancy/sessions.ts";

export interface App {
  fetch(request: Request): Promise<Response>;
  /** A mail about what was sent has come in. */
  receive(mail: Arrived): Promise<Received>;
  /** Who hands in mail as this user with this key (api/submission.ts); undefined where the key does not open that. */
  login(user: string, key: string): Promise<Login | undefined>;
  /** The tenant that such a user names, whatever the key; undefined where there is none. */
  tenantNamed(user: string): Promise<string | undefined>;
  /** Lets a mail of the tenant in, before anything of it is read, as if it were a request. Throws AppError where there is no room. */
  enter(tenantId: string): Pass;
  /** Settles once the mail is durable, or refused; what came before is not taken again. */
  submit(submission: Submission): Promise<Taken>;
  /** Begins to send and to report. */
  start(): Promise<void>;
  /** Whether a call brought work, or asked for it: for a runtime that then drains. */
  readonly isAsked: boolean;
  /** For a runtime without a loop: sends and then reports, as far as the budget goes, and stops; nothing more is to be had of this app. */
  drain(budget: DrainBudget): Promise<void>;
  /** Claims nothing more, finishes what is in flight, gives leases back. */
  stop(): Promise<void>;
  /** What the calls answered so far left behind is written; to be awaited when no more come, before the core is closed. */
  settled(): Promise<void>;
}

/** What the reports of a drain have at least. */
const LEAST_REPORTING_MS = 5_000;

/** In one batch: each may be a MiB. */
const ARRIVALS = 5;

export interface DrainBudget extends Budget {
  /** Report to at most so many. */
  tenants: number;
}

export interface AppOptions {
  version: string;
  /** Null where the build knew of none. */
  commit: string | null;
  /** The sandbox's inbox, where there is one. */
  inbox: Hono | undefined;
  /** What apps before this one knew of the same database; of its own, where nothing is given. */
  memory?: DirectoryMemory;
  /** It answers one request, and is gone. */
  quick?: boolean;
}

export async function createApp(core: Core, options: AppOptions): Promise<App> {
  const { config, ports, db, vault } = core;
  if (config.apiToken === undefined) throw new ConfigError("MAIL_PROXY_API_TOKEN is missing");

  const durations = new Durations(db);
  const logReport = createReportLog(stepLevel(config));
  const reporter = new Reporter({
    db,
    vault,
    now: ports.now,
    random: Math.random,
    http: ports.http,
    requests: ports.requests,
    syncIntervalMs: config.syncInterval * 1000,
    pollIntervalMs: config.pollInterval * 1000,
    manual: config.testMode,
    onEvent: (event) => {
      logReport(event);
      if (event.kind === "answered" || event.kind === "failed")
        durations.observe("mail_proxy_report_seconds", event.ms);
    },
  });
  const webhooks = new Webhooks({
    db,
    vault,
    now: ports.now,
    http: ports.http,
    requests: ports.requests,
    pollIntervalMs: config.pollInterval * 1000,
    manual: config.testMode,
    onEvent: createWebhookLog(stepLevel(config)),
  });
  /** A tenant has something new to be told. */
  const tell = (tenantId: string) => {
    reporter.wake(tenantId);
    webhooks.wake(tenantId);
  };
  const signer = new LinkSigner(vault);
  const fetcher = createFetcher({ config, ports, db, vault, signer });
  const dispatcher = new Dispatcher({
    config,
    ports,
    db,
    vault,
    fetcher,
    report: tell,
    timed: (ms) => durations.observe("mail_proxy_send_seconds", ms),
    delivered: (waitMs) => durations.observe("mail_proxy_delivery_seconds", waitMs),
  });
  const receiver = new Receiver({ db, vault, config, now: ports.now, report: (tenantId) => engine.report(tenantId) });
  const mailboxes = new Mailboxes({
    ...{ config, ports, db, vault },
    receive: (raw, tenantId) => receiver.receive({ raw, tenantId: tenantId ?? undefined, way: "imap" }),
  });
  const arrivals = new Sweeper("mail that an older version kept", () => readArrivals(db, receiver, ARRIVALS));
  const directory = new Directory(db, options.memory);
  const intake = new Intake(db, ports.now, ports.nextTurn);
  const commandLog = new CommandLog(db);
  let draining = false;
  let isAsked = false;
  /** In TEST_MODE only run-now asks for anything. */
  const ask = () => {
    isAsked ||= !config.testMode;
  };

  const engine: Engine = {
    wake() {
      ask();
      dispatcher.wake();
    },
    report(tenantId) {
      ask();
      tell(tenantId);
    },
    async runNow(tenantId) {
      if (!config.schedulerActive)
        throw new AppError("conflict", "this process only takes messages in: its scheduler is not active");
      isAsked = true;
      await dispatcher.runNow();
      await mailboxes.runNow();
      await reporter.runNow(tenantId);
      webhooks.runNow();
    },
    accountChanged(accountKey) {
      ask();
      dispatcher.accountChanged(accountKey);
      mailboxes.changed(accountMailbox(accountKey));
    },
    bouncesChanged: () => mailboxes.changed(),
    webhooksChanged() {
      ask();
      webhooks.changed();
    },
    reloadMailboxes: () => mailboxes.reload(),
    mailboxes: () => mailboxes.states(),
    testAccount: (accountKey) => dispatcher.testAccount(accountKey),
    rawMessage: renditions({ db, config, vault }),
    state: () => ({ active: config.schedulerActive, draining, ...dispatcher.figures() }),
  };
  const service: Service = {
    config,
    version: options.version,
    commit: options.commit,
    db,
    vault,
    directory,
    intake,
    door: new Door(config.maxBytesIncoming),
    reading: new Door(config.maxBytesIncoming, TOO_MUCH_READ),
    engine,
    receiver,
    commandLog,
    durations,
    mails: { accepted: 0, refused: 0 },
    adminTokenHash: hashToken(config.apiToken),
    now: ports.now,
    signer,
    surroundings: ports,
    restrictions: config.schedulerActive ? ports.restrictions : undefined,
    inbox: options.inbox,
  };
  const api = createApi(service, options.quick);
  const ending = new AbortController();
  let made: ReturnType<typeof createDashboard> | undefined;
  /** Made when it is asked for first. */
  const dashboard = () => {
    made ??= createDashboard({
      call: async (request, visitor) => api.fetch(request, { visitor }),
      sessions: new Sessions(db, directory, service.adminTokenHash, ports.now),
      version: options.version,
      commit: options.commit,
      isLive: options.quick !== true,
      hasInbox: options.inbox !== undefined,
      maxBodyBytes: config.maxBodyBytes,
      enter: (caller) => service.door.enter(caller),
      now: ports.now,
      readPulses: (tenantIds) => readPulses(db, tenantIds, ports.now()),
      ending: ending.signal,
    });
    return made;
  };

  /** Reports and webhooks, in either order: whoever is first may take all that the runtime grants, and neither is to be always the last. */
  const tellWhatHappened = async (most: number, end: number) => {
    const tellers = [
      (until: number) => reporter.tick({ tenants: most, until }),
      (until: number) => webhooks.tick({ endpoints: most, until }),
    ];
    if (Math.random() < 0.5) tellers.reverse();
    // Whatever a slow server has used up of the time: there is always some to tell of what was sent.
    for (const teller of tellers) await teller(Math.max(end, ports.now() + LEAST_REPORTING_MS));
  };

  return {
    fetch: async (request) => {
      if (!config.dashboard) return api.fetch(request, {});
      return isForDashboard(request) ? dashboard().fetch(request) : (leadIn(request) ?? api.fetch(request, {}));
    },
    receive: (mail) => receiver.receive(mail),
    login: (user, key) => logIn(service, user, key),
    tenantNamed: (user) => tenantNamed(service, user),
    enter: (tenantId) => service.door.enter(tenantId),
    submit: (submission) => takeMail(service, submission),
    get isAsked() {
      return isAsked;
    },
    async start() {
      if (!config.schedulerActive) return;
      dispatcher.start();
      mailboxes.start();
      arrivals.start();
      reporter.start();
      webhooks.start();
      durations.start();
    },
    async drain({ tenants, ...budget }) {
      if (config.schedulerActive) {
        await dispatcher.drain(budget);
        await tellWhatHappened(tenants, budget.until).finally(() => commandLog.settled());
      }
      await commandLog.settled();
    },
    async stop() {
      draining = true;
      ending.abort();
      const graceMs = config.shutdownSeconds * 1000;
      // One grace for both: what the last sends have to tell is told by the next process, where no time is left.
      const until = ports.now() + graceMs;
      arrivals.stop();
      await Promise.all([dispatcher.stop(graceMs), mailboxes.stop(graceMs)]);
      const leftMs = Math.max(until - ports.now(), 0);
      await Promise.all([reporter.stop(leftMs), webhooks.stop(leftMs)]);
      await durations.stop();
      await commandLog.settled();
    },
    async settled() {
      await mailboxes.settled();
      await commandLog.settled();
    },
  };
}
