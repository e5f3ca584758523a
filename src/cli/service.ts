/** Runs the proxy in this process: opens everything in order, and closes it in the opposite one. */
import { createApp } from "../app.ts";
import { readCertificate } from "../ingress/certificate.ts";
import { startSubmission } from "../ingress/submission.ts";
import { openDiskCache } from "../runtimes/cache-disk.ts";
import { openForService } from "../runtimes/database.ts";
import { garbageCollection } from "../runtimes/garbage.ts";
import { serve } from "../runtimes/serve.ts";
import { createInboxRoutes } from "../sandbox/routes.ts";
import { type Sandbox, startSandbox } from "../sandbox/sink.ts";
import { ensureSandbox } from "../tenancy/sandbox.ts";
import { openHere } from "./core.ts";
import type { CompleteConfig } from "./settings.ts";
import { identity } from "./version.ts";

export interface Service {
  host: string;
  port: number;
  url: string;
  /** Where it takes mail by SMTP; undefined where it does not. */
  smtpPort: number | undefined;
  smtpsPort: number | undefined;
  sandbox: Sandbox | undefined;
  /** Takes no more requests, finishes what is in flight, gives leases back and closes the database. */
  stop(): Promise<void>;
}

export async function startService(config: CompleteConfig): Promise<Service> {
  const certificate = readCertificate(config);
  const sandbox = config.sandbox ? await startSandbox() : undefined;
  const core = await openHere(config, { openDatabase: openForService, sandbox, contentStorage: openDiskCache(config) });
  if (sandbox !== undefined) await ensureSandbox(core.db, core.ports.now());
  const inbox = sandbox && createInboxRoutes(sandbox.inbox);
  const app = await createApp(core, { ...identity(), inbox });
  const { now, hostName } = core.ports;
  const received = garbageCollection();
  const submission = await startSubmission({ application: app, config, certificate, hostName, now, received });
  const { port, url, stop } = await serve(app.fetch, { host: config.host, port: config.port });
  await app.start();
  return {
    host: config.host,
    port,
    url,
    smtpPort: submission.smtpPort,
    smtpsPort: submission.smtpsPort,
    sandbox,
    async stop() {
      // Together: a request that waits for the dispatcher hears from it that it is going.
      const graceMs = config.shutdownSeconds * 1000;
      await Promise.all([app.stop(), stop(graceMs), submission.stop(graceMs)]);
      await app.settled(); // calls that were answered while the dispatcher stopped
      await core.close();
      await sandbox?.close();
    },
  };
}
