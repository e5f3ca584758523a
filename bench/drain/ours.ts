/** Drains a filled queue as the service does, reports included, and does nothing else: the process to profile. */
import { answerAll, required, tell } from "../answering.ts";
import { benchConfig, openProxy } from "../proxy.ts";

interface SyncStatus {
  tenants: { unreported_events: number }[];
}

const settings = { MAIL_PROXY_MAX_CONNECTIONS: required("connections") };
const { app, call, close } = await openProxy(benchConfig(required("database"), settings));
let stopped: Promise<void> | undefined;
const stop = () => {
  stopped ??= app.stop();
  return stopped;
};

const cpu = process.cpuUsage();
const begin = Date.now();
await app.start();
tell({ begin });
// The endpoint sees when the last report is in; whoever asks has heard it from there.
await answerAll(async () => {
  const { user, system } = process.cpuUsage(cpu);
  await stop();
  const { tenants } = await call<SyncStatus>("GET", "/tenants/sync-status");
  return { cpuMicros: user + system, unreported: tenants[0]?.unreported_events };
});
await stop();
await close();
