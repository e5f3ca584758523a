/** POST /commands/add-messages: a batch into the queue, each message for itself; answered after the commit. */
import { Hono } from "hono";
import { v7 as uuid } from "uuid";
import { AppError } from "../errors.ts";
import type { NewMessage } from "../queue/message.ts";
import { type Rejected, recordRejected } from "../queue/rejected.ts";
import { listTenants } from "../tenancy/tenants.ts";
import { admit, type Defaults, isRejection, isTaken, type Rejection } from "./admission.ts";
import { jsonBody } from "./body.ts";
import type { DefaultPriority } from "./default-priority.ts";
import type { Env } from "./env.ts";
import { MessageBatch } from "./schemas/message.ts";
import { NoQuery } from "./schemas/queries.ts";
import type { Service } from "./service.ts";
import { validated } from "./validation.ts";

/** About what a message takes in memory where the request did not say how long it is. */
const USUAL_BYTES = 2_048;

/** Reading that many addresses takes tens of milliseconds, in which nobody else is served. */
const MOST_RECIPIENTS = 20_000;

export function addMessagesRoute(service: Service, defaultPriority: DefaultPriority): Hono<Env> {
  const { config, directory, engine, intake, now } = service;
  const app = new Hono<Env>();

  app.post(
    "/commands/add-messages",
    validated("query", NoQuery),
    jsonBody,
    validated("json", MessageBatch),
    async (c) => {
      const { messages, default_priority } = c.req.valid("json");
      if (messages.length > config.maxBatch)
        throw new AppError("payload_too_large", `a batch holds at most ${config.maxBatch} messages`);
      if (recipientsOf(messages) > MOST_RECIPIENTS)
        throw new AppError("payload_too_large", `a batch names at most ${MOST_RECIPIENTS} recipients: send several`);
      const caller = c.get("caller");
      const defaults: Defaults = {
        tenantId: caller.kind === "tenant" ? caller.tenantId : undefined,
        batchPriority: default_priority ?? undefined,
        instancePriority: await defaultPriority.get(),
        expiryMs: config.expirySeconds * 1000,
        now: now(),
      };
      const entries = await admit(messages, defaults, directory);
      const taken = entries.filter(isTaken);
      const rejections = entries.filter(isRejection);

      const bytes = c.get("incoming").announced ?? taken.length * USUAL_BYTES;
      const refusals = taken.length === 0 ? [] : await intake.add(taken, bytes);
      if (refusals.includes(undefined)) engine.wake();
      if (rejections.length > 0) await record(service, rejections, defaults);

      c.set("tenantId", defaults.tenantId ?? commonTenant(entries));
      const rejected = listed(entries, refusals);
      const body = {
        ok: taken.length > 0 || rejected.length === 0,
        queued: messages.length - rejected.length,
        rejected,
      };
      c.set("result", body);
      return c.json(body);
    },
  );

  return app;
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
