/** What the API's service does for those who hand in mail over SMTP: it knows them by their key, and takes each mail once. */
import { isSenderFault } from "./allowed-senders.ts";
import type { Service } from "./service.ts";
import { CameBefore, type Submission, submit } from "./submit.ts";

/** A tenant's application that has logged in. */
export interface Login {
  tenantId: string;
  /** Named with the tenant: its messages go through this one, unless they say otherwise. */
  accountId: string | undefined;
  /** SHA-256 of the key. */
  keyHash: string;
}

/**
 * Who logs in as `TENANT` or `TENANT/ACCOUNT` with this key; undefined where it does not open what is named, or is the
 * admin token, which is not for applications. Throws AppError where the tenant is not active.
 */
export async function logIn(
  { directory, adminTokenHash, now }: Pick<Service, "directory" | "adminTokenHash" | "now">,
  user: string,
  key: string,
): Promise<Login | undefined> {
  const caller = await directory.identify(adminTokenHash, key, now());
  if (caller?.kind !== "tenant") return undefined;
  const { tenantId } = caller;
  const login = { tenantId, accountId: undefined, keyHash: directory.hash(key) };
  if (user === tenantId) return login;
  const accountId = user.startsWith(`${tenantId}/`) ? user.slice(tenantId.length + 1) : undefined;
  const { known } = await directory.recent(now());
  return accountId !== undefined && known.get(tenantId)?.accounts.has(accountId) ? { ...login, accountId } : undefined;
}

/** The tenant that a user names, whatever the key, for the log; undefined where there is none, and so where a key was typed there. */
export async function tenantNamed(
  { directory, now }: Pick<Service, "directory" | "now">,
  user: string,
): Promise<string | undefined> {
  const [tenantId = ""] = user.split("/", 1);
  const { known } = await directory.recent(now());
  return known.has(tenantId) ? tenantId : undefined;
}

/** `again`: it was taken before. `sender`: whether it was refused for whom it is from. */
export type Taken = { taken: "now" | "again" } | { rejected: string; sender: boolean };

type Taking = Pick<Service, "config" | "db" | "directory" | "engine" | "intake" | "now">;

/** Settles once the mail is durable, or refused; what was taken before is not taken again (`once`). */
export async function takeMail(
  { mails, ...service }: Taking & Pick<Service, "mails">,
  submission: Submission,
): Promise<Taken> {
  let isTaken = false;
  try {
    const taken = await take(service, submission);
    isTaken = "taken" in taken;
    return taken;
  } finally {
    mails[isTaken ? "accepted" : "refused"] += 1;
  }
}

async function take(service: Taking, submission: Submission): Promise<Taken> {
  const submitted = await submit(service, submission).catch(cameBefore);
  if (submitted === "before") return { taken: "again" };
  if ("rejected" in submitted) return { rejected: submitted.rejected, sender: isSenderFault(submitted.rejected) };
  service.engine.wake();
  return { taken: "now" };
}

function cameBefore(error: unknown): "before" {
  if (error instanceof CameBefore) return "before";
  throw error;
}
