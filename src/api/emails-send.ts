/** Puts the emails of one call into the queue, together or each for itself, and takes their idempotency key with them. */
import type { Context } from "hono";
import { v7 as uuid } from "uuid";
import type { Detail } from "../errors.ts";
import { findByKey, type RequestKey, withKey } from "../queue/idempotency.ts";
import type { Contents } from "../tenancy/directory.ts";
import { admitOne, isRejection } from "./admission.ts";
import { identify, presentedKey, presentedToken } from "./auth.ts";
import { inEmailWords, messageOf } from "./emails-message.ts";
import { stillRunning } from "./emails-once.ts";
import type { Env } from "./env.ts";
import type { Email } from "./schemas/email.ts";
import type { Service } from "./service.ts";
import { type Entry, instanceDefaults, takeIn } from "./take-in.ts";
import { inWords, unfit } from "./validation.ts";

/** An email that fits its schema, or what is wrong with it. */
export type Item = { email: Email } | { faults: Detail[] };

/** What became of an email: the id of its message, or why there is none. */
export type Outcome = { id: string } | { fault: Detail };

export interface Sending {
  tenantId: string;
  items: readonly Item[];
  /** One that cannot be taken keeps out all: then AppError is thrown, with paths that begin with `at` of its place. */
  isWhole: boolean;
  at(position: number): string;
  /** What is answered, and kept under the key. */
  answer(outcomes: readonly Outcome[]): Record<string, unknown>;
}

/** Answers once they are durable. Where none of them was stored, the key is still free. */
export async function sendEmails(
  c: Context<Env>,
  service: Service,
  { tenantId, items, isWhole, at, answer }: Sending,
  key: RequestKey | undefined,
): Promise<Record<string, unknown>> {
  const { db, engine, now } = service;
  const faults = items.flatMap((item, position) => ("faults" in item ? below(at(position), item.faults) : []));
  if (isWhole && faults.length > 0) throw unfit(faults);
  const pks = items.map(() => uuid());
  const requestId = c.get("requestId");
  const { entries, refusals } = await takeIn(service, {
    requestId,
    admit: (contents) =>
      items.map((item, position) => admitted(service, item, pks[position]!, { tenantId, requestId }, contents)),
    bytes: c.get("incoming").announced,
    key: presentedKey(c, service),
    async again() {
      await identify(c, service, presentedToken(c), "recent");
      if (key !== undefined && (await findByKey(db, key, now())) !== undefined) throw stillRunning();
    },
    guarded: (guard, entries) => (key === undefined ? guard : withKey(guard, key, answer(outcomes(entries)), now())),
    isWhole,
  });
  const became = outcomes(entries);
  if (refusals.length > 0) engine.wake();
  else if (isWhole)
    throw unfit(became.flatMap((one, position) => ("fault" in one ? below(at(position), [one.fault]) : [])));
  return answer(became);
}

function admitted(
  service: Service,
  item: Item,
  pk: string,
  { tenantId, requestId }: { tenantId: string; requestId: string },
  contents: Contents,
): Entry {
  const reject = (reason: string) => ({ id: null, reason, given: undefined });
  if ("faults" in item) return reject(inWords(item.faults));
  const defaults = {
    ...instanceDefaults(service, contents),
    tenantId,
    requestId,
    batchPriority: undefined,
    filesFault: undefined,
  };
  const message = messageOf(item.email, pk, { tenant: contents.known.get(tenantId), now: defaults.now });
  if (typeof message === "string") return reject(message);
  const taken = admitOne(message, pk, defaults, contents.known);
  return typeof taken === "string" ? reject(inEmailWords(taken)) : taken;
}

function outcomes(entries: readonly Entry[]): Outcome[] {
  return entries.map((entry) => (isRejection(entry) ? { fault: faultOf(entry.reason) } : { id: entry.id }));
}

/** A reason that begins with a field's name tells where it stands. */
const OF_FIELD = /^([\w.[\]]+): (.+)$/s;

function faultOf(reason: string): Detail {
  const [, path, message] = OF_FIELD.exec(reason) ?? [];
  return path === undefined || message === undefined ? { path: "", message: reason } : { path, message };
}

function below(at: string, faults: readonly Detail[]): Detail[] {
  const dot = at === "" ? "" : ".";
  return faults.map(({ path, message }) => ({ path: path === "" ? at : at + dot + path, message }));
}
