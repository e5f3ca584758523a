/** POST /commands/add-messages: a batch into the queue, each message for itself; answered after the commit. */
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { v7 as uuid } from "uuid";
import type { Config } from "../config.ts";
import { AppError } from "../errors.ts";
import { DIRECTORY_CHANGED, type Guard, sameRevision, sameRows } from "../queue/admitted.ts";
import type { NewMessage } from "../queue/message.ts";
import { type Rejected, recordRejected } from "../queue/rejected.ts";
import { type Contents, isRecent } from "../tenancy/directory.ts";
import type { KnownAccount } from "../tenancy/resolve.ts";
import { listTenants } from "../tenancy/tenants.ts";
import { admit, type Defaults, isRejection, isTaken, type Rejection } from "./admission.ts";
import { sealAttachmentAuth } from "./attachment-auth.ts";
import { identify, presentedToken } from "./auth.ts";
import { jsonBody } from "./body.ts";
import type { Env } from "./env.ts";
import { MessageBatch } from "./schemas/message.ts";
import { NoQuery } from "./schemas/queries.ts";
import type { Service } from "./service.ts";
import { validated } from "./validation.ts";

/** About what a message takes in memory where the request did not say how long it is. */
const USUAL_BYTES = 2_048;

/** Reading that many addresses takes tens of milliseconds, in which nobody else is served. */
const MOST_RECIPIENTS = 20_000;

/** Tenants or accounts that change each time a batch is to be stored: somebody is doing something odd. */
const MOST_TRIES = 5;

/** `enter` may let in whom it remembers: the database checks that nothing has changed since, with the messages themselves. */
export function addMessagesRoute(service: Service, enter: MiddlewareHandler<Env>): Hono<Env> {
  const { config, engine } = service;
  const app = new Hono<Env>();

  app.post(
    "/commands/add-messages",
    enter,
    validated("query", NoQuery),
    jsonBody,
    validated("json", MessageBatch),
    async (c) => {
      const batch = c.req.valid("json");
      const { messages } = batch;
      if (messages.length > config.maxBatch)
        throw new AppError("payload_too_large", `a batch holds at most ${config.maxBatch} messages`);
      if (recipientsOf(messages) > MOST_RECIPIENTS)
        throw new AppError("payload_too_large", `a batch names at most ${MOST_RECIPIENTS} recipients: send several`);
      const { entries, refusals, defaults } = await takeIn(c, service, batch);
      if (refusals.includes(undefined)) engine.wake();
      const rejections = entries.filter(isRejection);
      if (rejections.length > 0) await record(service, rejections, defaults);

      c.set("tenantId", defaults.tenantId ?? commonTenant(entries));
      const rejected = listed(entries, refusals);
      const body = {
        ok: rejections.length < entries.length || rejected.length === 0,
        queued: messages.length - rejected.length,
        rejected,
      };
      c.set("result", body);
      return c.json(body);
    },
  );

  return app;
}

interface TakenIn {
  entries: (NewMessage | Rejection)[];
  /** Of those that were admitted, in their order: undefined, or why the queue did not take it. */
  refusals: (string | undefined)[];
  defaults: Defaults;
}

/**
 * Admits and stores a batch by what is remembered of tenants, keys and accounts. Where the database says that this has
 * changed, or a message is rejected, which may be for what is not known yet, it is done again by what there is now.
 */
async function takeIn(c: Context<Env>, service: Service, batch: MessageBatch): Promise<TakenIn> {
  const { directory, intake, now } = service;
  // What others change may not keep these messages out: from the second try on only what they lean on themselves counts.
  const guard = (taken: readonly NewMessage[], contents: Contents, hasChanged: boolean): Guard => {
    if (!hasChanged) return sameRevision(contents.revision);
    const caller = c.get("caller");
    const hash = directory.hash(presentedToken(c));
    const key = caller.kind === "tenant" ? { tenantId: caller.tenantId, hash } : undefined;
    return sameRows(accountsOf(taken, contents), key, now());
  };
  const pks = batch.messages.map(() => uuid());
  let contents = await directory.remembered(now());
  let hasChanged = false;
  for (let tries = 1; tries <= MOST_TRIES; tries++) {
    const defaults = { ...defaultsOf(c, service, batch, contents), pks };
    const entries = admit(batch.messages, defaults, contents.known);
    const taken = entries.filter(isTaken);
    // The caller was let in before the body was read, by what may have been older than this.
    const isLetIn = directory.opens(contents, presentedToken(c), c.get("caller"), now());
    if (isLetIn && ((taken.length > 0 && taken.length === entries.length) || isRecent(contents, now()))) {
      const bytes = c.get("incoming").announced ?? taken.length * USUAL_BYTES;
      const sealing = sealAttachmentAuth(taken, service.vault);
      if (sealing !== undefined) await sealing;
      const refusals = taken.length === 0 ? [] : await intake.add(taken, bytes, guard(taken, contents, hasChanged));
      if (refusals !== DIRECTORY_CHANGED) return { entries, refusals, defaults };
      directory.outdated(contents);
      hasChanged = true;
    }
    contents = await directory.recent(now());
    await identify(c, service, presentedToken(c), "recent");
  }
  throw new AppError("overloaded", "tenants and accounts change faster than messages are stored", { retryAfter: 1 });
}

/** Each account once, as it was when the messages were built by it. */
function accountsOf(taken: readonly NewMessage[], { known }: Contents): KnownAccount[] {
  const keys = new Set(taken.map(({ accountKey }) => accountKey));
  const tenants = new Set(taken.map(({ tenantId }) => tenantId));
  const accounts = [...tenants].flatMap((id) => [...(known.get(id)?.accounts.values() ?? [])]);
  return accounts.filter(({ key }) => keys.has(key));
}

function defaultsOf(
  c: Context<Env>,
  { config, now, restrictions }: Service,
  batch: MessageBatch,
  contents: Contents,
): Omit<Defaults, "pks"> {
  const caller = c.get("caller");
  return {
    tenantId: caller.kind === "tenant" ? caller.tenantId : undefined,
    batchPriority: batch.default_priority ?? undefined,
    instancePriority: contents.defaultPriority ?? config.defaultPriority,
    expiryMs: config.expirySeconds * 1000,
    now: now(),
    filesFault: restrictions?.filesFault ?? noFolder(config),
    publicUrl: config.publicUrl,
  };
}

/** Where another process sends, it is that one's folder which counts. */
function noFolder({ schedulerActive, attachmentDir }: Config): string | undefined {
  if (!schedulerActive || attachmentDir !== undefined) return undefined;
  return "lies in a file, and no folder for attachments is open (MAIL_PROXY_ATTACHMENT_DIR)";
}

/** How many recipients a batch seems to name, before any of them is read. */
function recipientsOf(messages: readonly unknown[]): number {
  let sum = 0;
  for (const message of messages) {
    for (const field of ["to", "cc", "bcc"]) {
      const given = typeof message === "object" && message !== null ? Reflect.get(message, field) : undefined;
      if (Array.isArray(given)) sum += given.length;
      else if (typeof given === "string") sum += given.split(",").length;
    }
  }
  return sum;
}

/** What was not queued, in the order of the batch: refused here, or by the queue. */
function listed(entries: readonly (NewMessage | Rejection)[], refusals: readonly (string | undefined)[]) {
  let position = 0;
  return entries.flatMap((entry) => {
    const { id, reason } = isRejection(entry) ? entry : { id: entry.id, reason: refusals[position++] };
    return reason === undefined ? [] : [{ id, reason }];
  });
}

/** Keeps what was rejected under an id as an error to be reported, where it is clear to whom. */
async function record(
  { db, directory, config, engine }: Service,
  rejections: Rejection[],
  { tenantId, now }: Defaults,
) {
  const tenants = tenantId === undefined ? (await listTenants(db)).map(({ id }) => id) : [tenantId];
  const meant = await directory.resolve(
    rejections.map(({ given }) => ({ accountId: textField(given, "account_id") })),
    now,
  );
  const recorded = rejections.flatMap(({ id, reason, given }, position): Rejected[] => {
    const resolution = meant[position];
    const byAccount = resolution !== undefined && "account" in resolution ? resolution.account.tenantId : undefined;
    const only = tenants.length === 1 ? tenants[0] : undefined;
    const owner = tenantId ?? textField(given, "tenant_id") ?? only ?? byAccount;
    if (id === null || owner === undefined || !tenants.includes(owner)) return [];
    return [{ pk: uuid(), tenantId: owner, id, reason }];
  });
  await recordRejected(db, recorded, now, config.retentionSeconds * 1000);
  for (const owner of new Set(recorded.map((one) => one.tenantId))) engine.report(owner);
}

function textField(given: unknown, name: string): string | undefined {
  if (typeof given !== "object" || given === null) return undefined;
  const value: unknown = Reflect.get(given, name);
  return typeof value === "string" ? value : undefined;
}

/** For the command log, which a tenant's key reads: the tenant, where all of the batch is certainly one tenant's. */
function commonTenant(entries: readonly (NewMessage | Rejection)[]): string | null {
  const owners = new Set(entries.map((entry) => (isRejection(entry) ? null : entry.tenantId)));
  const [only = null] = owners;
  return owners.size === 1 ? only : null;
}
