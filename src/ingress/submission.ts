/**
 * SMTP submission (RFC 6409): takes mail from applications into the queue.
 *
 * 1. A client comes through the gate (gate.ts, server.ts) and has a connection (connection.ts).
 * 2. It logs in (login.ts).
 * 3. It names an envelope (envelope.ts).
 * 4. Its mail is taken (mail.ts), and only then answered 250.
 */
import { setTimeout as pause } from "node:timers/promises";
import { getLogger } from "@logtape/logtape";
import type { SMTPServerOptions } from "smtp-server";
import type { Config } from "../config.ts";
import { reason } from "../errors.ts";
import { stepLevel } from "../logs/steps.ts";
import type { Application } from "./application.ts";
import type { Certificate } from "./certificate.ts";
import { Gate, isLoopback } from "./gate.ts";
import { handlers } from "./handlers.ts";
import { listen, type Place } from "./listen.ts";
import { SubmissionServer } from "./server.ts";

const log = getLogger(["mail-proxy", "ingress"]);

export interface SubmissionOptions {
  application: Application;
  config: Pick<Config, "host" | "logDeliveryActivity" | Extract<keyof Config, `smtp${string}`>>;
  /** With it there is STARTTLS, and TLS from the first byte. */
  certificate: Certificate | undefined;
  /** This machine's, for the greeting. */
  hostName: string;
  /** Unix milliseconds. */
  now(): number;
  /** Hears of the bytes of mails as they come in, kept or not. */
  received(bytes: number): void;
}

export interface Submission {
  /** Where it listens; undefined where it was not asked to. */
  smtpPort: number | undefined;
  smtpsPort: number | undefined;
  /** Takes no new mail, gives those that are coming in so much time, and closes. */
  stop(graceMs: number): Promise<void>;
}

/** RFC 5321 4.5.3.1.8 asks for 100; it is as many as a message of the API may have. */
const MOST_RECIPIENTS = 1_000;
/** Before the login a connection has this part of the time that it may be idle. */
const LOGIN_PART = 10;
/** Clients have been told to go by then. */
const CLOSE_TIMEOUT_MS = 100;
/** smtp-server's own curiosities, and what is for servers behind a proxy. */
const DISABLED = ["WIZ", "SHELL", "KILL", "XCLIENT", "XFORWARD"];

/** Throws PortError where a port cannot be had; then none is open. */
export async function startSubmission(options: SubmissionOptions): Promise<Submission> {
  const { config, certificate } = options;
  const { host, smtpPort, smtpsPort } = config;
  if (smtpPort !== undefined && certificate === undefined && host !== "localhost" && !isLoopback(host))
    log.warning("keys and mails come to port {port} of {host} unencrypted: it has no certificate", {
      ...{ port: smtpPort, host },
    });
  const gate = gateOf(config);
  const servers: SubmissionServer[] = [];
  const stop = (graceMs: number) => close(gate, servers, graceMs);
  const open = async (named: Place["named"], port: number | undefined) => {
    if (port === undefined) return undefined;
    const server = serverOf(options, gate, named === "smtps-port");
    servers.push(server);
    return listen(server, { host, port, named });
  };
  try {
    return { smtpPort: await open("smtp-port", smtpPort), smtpsPort: await open("smtps-port", smtpsPort), stop };
  } catch (error) {
    await stop(0);
    throw error;
  }
}

/** One for all listeners. */
function gateOf(config: SubmissionOptions["config"]): Gate {
  return new Gate({
    connections: config.smtpMaxConnections,
    connectionsPerAddress: config.smtpMaxConnectionsPerAddress,
    failedLogins: config.smtpMaxFailedLogins,
    banMs: config.smtpBanSeconds * 1000,
  });
}

function serverOf(
  { application, config, certificate, hostName, now, received }: SubmissionOptions,
  gate: Gate,
  secure: boolean,
): SubmissionServer {
  const idleMs = config.smtpIdleSeconds * 1000;
  const maxBytes = config.smtpMaxBytes;
  const options: SMTPServerOptions = {
    secure,
    name: hostName,
    heloResponse: "%s",
    size: maxBytes,
    maxRecipients: MOST_RECIPIENTS,
    disableReverseLookup: true,
    hideENHANCEDSTATUSCODES: false,
    authRequiredMessage: "5.7.0 log in first",
    allowInsecureAuth: true, // connection.ts decides, client by client
    socketTimeout: idleMs,
    closeTimeout: CLOSE_TIMEOUT_MS,
    minVersion: "TLSv1.2", // RFC 8996
    disabledCommands: certificate === undefined ? [...DISABLED, "STARTTLS"] : DISABLED,
    ...certificate,
    ...handlers({
      ...{ application, gate, now, maxBytes, received },
      ...{ level: stepLevel(config), banMs: config.smtpBanSeconds * 1000 },
    }),
  };
  const rules = { hasTls: certificate !== undefined, loginMs: idleMs / LOGIN_PART, contentMs: idleMs };
  const server = new SubmissionServer(options, { gate, rules, now });
  // A connection's end is its own affair; the mail that was on it has a line in the log.
  return server.on("error", (error: Error) => log.debug("a connection broke: {reason}", { reason: reason(error) }));
}

async function close(gate: Gate, servers: readonly SubmissionServer[], graceMs: number): Promise<void> {
  gate.stop();
  for (const server of servers) server.dismiss("idle");
  const inTime = new AbortController();
  const late = pause(graceMs, undefined, { signal: inTime.signal }).catch(() => undefined);
  await Promise.race([Promise.all(servers.map((server) => server.drained())), late]);
  inTime.abort();
  for (const server of servers) server.dismiss("all");
  await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.close(resolve))));
}
