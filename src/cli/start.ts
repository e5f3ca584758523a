/** The commands that run the proxy: start, restart and serve. */
import { resolve } from "node:path";
import { getLogger } from "@logtape/logtape";
import type { Command } from "commander";
import { type Source, unknownSettings } from "../config.ts";
import { endsWithin } from "../dispatch/deadline.ts";
import { readCertificate } from "../ingress/certificate.ts";
import { required } from "./ask.ts";
import { startInBackground, stopProcess } from "./background.ts";
import { Failure } from "./exit.ts";
import { existingInstance, type Instance, instanceNamed, nameFault } from "./home.ts";
import { configureLogging } from "./logging.ts";
import { print } from "./output.ts";
import { pickInstance } from "./pick.ts";
import { publishAddress, refuseIfRunning, releaseInstance, running, takeInstance } from "./run-record.ts";
import { type Service, startService } from "./service.ts";
import { environmentSettings, type Flags, type Prepared, prepare, settingsOf, storeFlags } from "./settings.ts";
import { storedConfig } from "./settings-found.ts";
import { untilAskedToStop } from "./signals.ts";
import { VERSION } from "./version.ts";
import { welcome } from "./welcome.ts";

/** The instance that `serve` and `migrate` take where they need a folder at all. */
export const DEFAULT_INSTANCE = "default";

/** After the time for what is in flight: to write down what became of it, and to close. Then the process ends anyhow. */
const CLOSING_MS = 5_000;
/** How much longer than all that its own stop takes somebody waits for the process. */
const STOP_MARGIN_MS = 2_000;

const log = getLogger("mail-proxy");

const START_EXAMPLES = `
Examples:
  mail-proxy start shop --sandbox              with an inbox of its own, for trying out
  mail-proxy start shop --port 8472 --background
  mail-proxy start shop --smtp-port 2525       takes mail by SMTP, too`;

interface StartOptions {
  host?: string;
  port?: string;
  databaseUrl?: string;
  smtpPort?: string;
  smtpsPort?: string;
  smtpCert?: string;
  smtpKey?: string;
  sandbox?: boolean;
  background?: boolean;
}

export function addStartCommands(program: Command, home: () => string): void {
  program
    .command("start [name]")
    .description("run an instance; its options are kept for the next start")
    .option("--host <address>", "address to listen on")
    .option("--port <number>", "port to listen on, 0 for a free one")
    .option("--database-url <url>", "where the queue is, instead of a file in the instance folder")
    .option("--smtp-port <number>", "port to take mail on by SMTP, 0 for a free one")
    .option("--smtps-port <number>", "the same with TLS from the first byte")
    .option("--smtp-cert <file>", "certificate for both (PEM)")
    .option("--smtp-key <file>", "its key (PEM)")
    .option("--sandbox", "keep an inbox of its own for trying out")
    .option("--no-sandbox", "no such inbox any more")
    .option("--background", "as a process of its own; waits until it answers")
    .addHelpText("after", START_EXAMPLES)
    .action(async (given: string | undefined, options: StartOptions) => {
      const name = await required(given, "the instance", "Name of the instance", {
        standard: DEFAULT_INSTANCE,
        fault: nameFault,
      });
      await start(instanceNamed(home(), name), home(), options);
    });

  program
    .command("restart [name]")
    .description("stop an instance and start it again in the background")
    .action(async (given: string | undefined) => {
      const instance = existingInstance(home(), await pickInstance(given, home()));
      await stop(instance);
      await start(instance, home(), { background: true });
    });

  program
    .command("serve")
    .description("run in the foreground with everything from the environment (containers, systemd)")
    .action(async () => {
      const instance = instanceNamed(home(), DEFAULT_INSTANCE);
      await runHere(instance, prepare(instance, environmentSettings(instance)));
    });
}

/** Answers whether it was running. */
export async function stop(instance: Instance): Promise<boolean> {
  const record = running(instance);
  if (record === undefined) return false;
  await stopProcess(record, settingsOf(instance).shutdownSeconds * 1000 + CLOSING_MS + STOP_MARGIN_MS);
  return true;
}

async function start(instance: Instance, home: string, options: StartOptions): Promise<void> {
  const flags = flagsOf(options);
  const settings = settingsOf(instance, flags);
  refuseIfRunning(instance);
  readCertificate(settings); // one that cannot be used is not kept for the next start
  const prepared = prepare(instance, settings);
  storeFlags(instance, flags);
  if (!options.background) return runHere(instance, prepared, storedConfig(instance));
  const { pid, ...at } = await startInBackground(instance, home);
  print(`${welcome(instance, prepared, at)}\n${instance.name} runs in the background (process ${pid})`);
}

function flagsOf({ host, port, databaseUrl, smtpPort, smtpsPort, smtpCert, smtpKey, sandbox }: StartOptions): Flags {
  return {
    ...(smtpPort !== undefined && { SMTP_PORT: smtpPort }),
    ...(smtpsPort !== undefined && { SMTPS_PORT: smtpsPort }),
    // A later start may come from another folder.
    ...(smtpCert !== undefined && { SMTP_TLS_CERT: resolve(smtpCert) }),
    ...(smtpKey !== undefined && { SMTP_TLS_KEY: resolve(smtpKey) }),
    ...(host !== undefined && { HOST: host }),
    ...(port !== undefined && { PORT: port }),
    ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }),
    ...(sandbox !== undefined && { SANDBOX: String(sandbox) }),
  };
}

/** Runs until it is asked to stop; the folder names this process as long as it does. */
async function runHere(instance: Instance, prepared: Prepared, stored: Source = {}): Promise<void> {
  configureLogging(prepared.config);
  const unknown = unknownSettings(process.env, stored);
  if (unknown.length > 0) log.warning("no such setting: {unknown}", { unknown: unknown.join(", ") });
  if (!prepared.usesFolder) return runService(instance, prepared, () => undefined);
  const record = takeInstance(instance, VERSION, Date.now());
  try {
    await runService(instance, prepared, ({ host, port, url, smtpPort, smtpsPort }) =>
      publishAddress(instance, record, { host, port, url, smtpPort, smtpsPort }),
    );
  } finally {
    releaseInstance(instance);
  }
}

async function runService(instance: Instance, prepared: Prepared, onReady: (service: Service) => void): Promise<void> {
  const stopRequest = untilAskedToStop();
  const service = await startService(prepared.config);
  onReady(service);
  print(welcome(instance, prepared, service));
  log.info("{signal}: finishing what is in flight", { signal: await stopRequest });
  const inTime = await endsWithin(prepared.config.shutdownSeconds * 1000 + CLOSING_MS, service.stop());
  // A database that is away takes no outcomes, and one that hangs would keep the process for ever.
  if (!inTime) throw new Failure("ended before everything was written down; what was in flight is tried again");
  log.info("stopped");
}
