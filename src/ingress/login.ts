/** Lets a client log in with a tenant's key; who guesses waits ever longer, and is then sent away for a while. */
import { setTimeout as pause } from "node:timers/promises";
import { getLogger } from "@logtape/logtape";
import type { SMTPServerAuthentication } from "smtp-server";
import { AppError, reason } from "../errors.ts";
import type { Application, Login } from "./application.ts";
import type { Gate } from "./gate.ts";
import { Reply, replyTo } from "./reply.ts";

const log = getLogger(["mail-proxy", "ingress"]);

export interface LoginDesk {
  application: Application;
  gate: Gate;
  banMs: number;
  /** Unix milliseconds. */
  now(): number;
}

/** Throws a Reply where it is not let in. */
export async function logIn(
  { application, gate, banMs, now }: LoginDesk,
  { username, password }: SMTPServerAuthentication,
  address: string,
): Promise<Login> {
  if (gate.isBanned(address, now())) throw new Reply(421, "4.7.0 too many failed logins from your address");
  const user = username ?? "";
  const login = await looked(() => application.login(user, password ?? ""));
  if (login !== undefined) return login;
  const tenantId = await looked(() => application.tenantNamed(user));
  const { delayMs, isBanned } = gate.failed(address, now());
  // A name that is nobody's stays out of the log as the password does: people mistake one field for the other.
  if (tenantId === undefined) log.warning("a login from {address} has failed", { event: "login_failed", address });
  else
    log.warning("a login as tenant {tenant_id} from {address} has failed", {
      ...{ event: "login_failed", address, tenant_id: tenantId },
    });
  if (isBanned)
    log.warning("too many failed logins from {address}: it is sent away for {seconds} seconds", {
      address,
      seconds: banMs / 1000,
    });
  await pause(delayMs);
  throw new Reply(535, "5.7.8 the user is a tenant's id, or TENANT/ACCOUNT, and the password the tenant's key");
}

async function looked<T>(look: () => Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof AppError) throw replyTo(error);
    log.error("nobody can log in: {reason}", { reason: reason(error) });
    throw new Reply(454, "4.7.0 logins cannot be checked now"); // RFC 4954 6
  }
}
