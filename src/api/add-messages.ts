/** POST /commands/add-messages: a batch into the queue, each message for itself; answered after the commit. */
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { v7 as uuid } from "uuid";
import type { Config } from "../config.ts";
import { AppError } from "../errors.ts";
import type { NewMessage } from "../queue/message.ts";
import { type Rejected, recordRejected } from "../queue/rejected.ts";
import { listTenants } from "../tenancy/tenants.ts";
import { admit, isRejection, type Rejection } from "./admission.ts";
import { sealAttachmentAuth } from "./attachment-auth.ts";
import { identify, presentedKey, presentedToken } from "./auth.ts";
import { jsonBody } from "./body.ts";
import type { Env } from "./env.ts";
import { checkRecipients } from "./recipient-count.ts";
import { MessageBatch } from "./schemas/message.ts";
import { NoQuery } from "./schemas/queries.ts";
import type { Service } from "./service.ts";
import { instanceDefaults, type TakenIn, takeIn } from "./take-in.ts";
import { validated } from "./validation.ts";

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
      checkRecipients(messages);
      const { entries, refusals } = await takeBatch(c, service, batch);
      if (refusals.includes(undefined)) engine.wake();
      const rejections = entries.filter(isRejection);
      const caller = c.get("caller");
      const tenantId = caller.kind === "tenant" ? caller.tenantId : undefined;
      if (rejections.length > 0) await record(service, rejections, { tenantId, requestId: c.get("requestId") });

      c.set("tenantId", tenantId ?? commonTenant(entries));
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

/** By what is remembered of tenants, keys and accounts: the database checks that it is still so. */
async function takeBatch(c: Context<Env>, service: Service, batch: MessageBatch): Promise<TakenIn> {
  const { config, restrictions, vault } = service;
  const caller = c.get("caller");
  const pks = batch.messages.map(() => uuid());
  const requestId = c.get("requestId");
  return takeIn(service, {
    requestId,
    admit: (contents) => {
      const defaults = {
        ...instanceDefaults(service, contents),
        tenantId: caller.kind === "tenant" ? caller.tenantId : undefined,
        batchPriority: batch.default_priority ?? undefined,
        requestId,
        pks,
        filesFault: restrictions?.filesFault ?? noFolder(config),
      };
      return admit(batch.messages, defaults, contents.known);
    },
    bytes: c.get("incoming").announced,
    key: presentedKey(c, service),
    again: () => identify(c, service, presentedToken(c), "recent"),
    prepare: (taken) => sealAttachmentAuth(taken, vault),
  });
}

/** Where another process sends, it is that one's folder which counts. */
export function noFolder({ schedulerActive, attachmentDir }: Config): string | undefined {
  if (!schedulerActive || attachmentDir !== undefined) return undefined;
  return "lies in a file, and no folder for attachments is open (MAIL_PROXY_ATTACHMENT_DIR)";
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
  service: Service,
  rejections: Rejection[],
  { tenantId, requestId }: { tenantId: string | undefined; requestId: string },
) {
  const { db, directory, config, engine } = service;
  const now = service.now();
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
    return [{ pk: uuid(), tenantId: owner, id, reason, requestId }];
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
