/** Opens a port for mail; that it cannot be had is told in words. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { SMTPServer } from "smtp-server";
import { reason } from "../errors.ts";

export interface Place {
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** The flag of `start` and the setting that name the port. */
  named: "smtp-port" | "smtps-port";
}

/** The port cannot be listened on; the message says what to do about it. */
export class PortError extends Error {
  override readonly name = "PortError";
}

/** Answers the port. Throws PortError. */
export async function listen(server: SMTPServer, { host, port, named }: Place): Promise<number> {
  try {
    const listener = server.listen(port, host);
    await once(listener, "listening");
    return (listener.address() as AddressInfo).port;
  } catch (cause) {
    throw new PortError(words(cause, host, port, named), { cause });
  }
}

function words(cause: unknown, host: string, port: number, named: Place["named"]): string {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  const setting = `MAIL_PROXY_${named.toUpperCase().replace("-", "_")}`;
  if (code === "EADDRINUSE") return `port ${port} is in use; choose another with --${named} or ${setting}`;
  if (code === "EACCES") return `port ${port} needs more rights than this user has; choose one from 1024`;
  return `cannot listen on ${host}:${port}: ${reason(cause)}`;
}
