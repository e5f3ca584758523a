/** The email API, as far as it sends: POST /emails and /emails/batch, in the shapes of both of its clients. */
import { type Context, Hono, type MiddlewareHandler } from "hono";
import * as v from "valibot";
import { oneTenant } from "./auth.ts";
import { jsonBody } from "./body.ts";
import { Once, type Request } from "./emails-once.ts";
import { type Item, type Outcome, sendEmails } from "./emails-send.ts";
import { answer, type Env } from "./env.ts";
import { checkRecipients } from "./recipient-count.ts";
import { BatchedEmail, Email, EmailBatch } from "./schemas/email.ts";
import { TenantQuery } from "./schemas/queries.ts";
import type { Service } from "./service.ts";
import { detailsOf, invalidField, inWords, validated } from "./validation.ts";

/** `enter` may let in whom it remembers: the database checks that nothing has changed since, with the messages themselves. */
export function emailRoutes(service: Service, enter: MiddlewareHandler<Env>): Hono<Env> {
  const once = new Once(service);
  const app = new Hono<Env>();

  app.post(
    "/emails",
    enter,
    validated("query", TenantQuery),
    jsonBody,
    fewRecipients,
    validated("json", Email),
    async (c) => {
      const tenantId = await oneTenant(c, service, c.req.valid("query").tenant_id);
      const { idempotency_key, idempotency_window_hours, ...email } = c.req.valid("json");
      const sending = { tenantId, items: [{ email }], isWhole: true, at: () => "", answer: oneAnswer };
      const request = requestOf(c, tenantId, { idempotency_key, idempotency_window_hours });
      return answer(c, await once.run(request, (key) => sendEmails(c, service, sending, key)));
    },
  );

  app.post(
    "/emails/batch",
    enter,
    validated("query", TenantQuery),
    jsonBody,
    fewRecipients,
    validated("json", EmailBatch),
    async (c) => {
      const tenantId = await oneTenant(c, service, c.req.valid("query").tenant_id);
      const given = c.req.valid("json");
      const isBare = Array.isArray(given);
      const { emails, ...wishes } = isBare ? { emails: given } : given;
      const isWhole = isStrict(c.req.header("x-batch-validation"), isBare);
      const sending = {
        tenantId,
        items: emails.map(itemOf),
        isWhole,
        at: (position: number) => `emails[${position}]`,
        answer: !isBare ? eachAnswer : isWhole ? wholeAnswer : partialAnswer,
      };
      const request = requestOf(c, tenantId, wishes);
      return answer(c, await once.run(request, (key) => sendEmails(c, service, sending, key)));
    },
  );

  return app;
}

/** What a body may say of its own repetition; the key in it wins over the one in the header. */
interface OnceWishes {
  idempotency_key?: string | null | undefined;
  idempotency_window_hours?: number | null | undefined;
}

function requestOf(c: Context<Env>, tenantId: string, wishes: OnceWishes): Request {
  return {
    tenantId,
    name: wishes.idempotency_key ?? c.req.header("Idempotency-Key"),
    windowHours: wishes.idempotency_window_hours,
    payload: withoutWishes(c.get("payload")),
  };
}

/** The same is asked, whatever the key and its window. */
function withoutWishes(payload: unknown): unknown {
  if (Array.isArray(payload)) return payload;
  const { idempotency_key: _, idempotency_window_hours: __, ...asked }: OnceWishes = Object(payload);
  return asked;
}

const fewRecipients: MiddlewareHandler<Env> = (c, next) => {
  const payload = c.get("payload");
  const { emails = [payload] }: { emails?: unknown } = Object(payload);
  const list = Array.isArray(payload) ? payload : emails;
  if (Array.isArray(list)) checkRecipients(list);
  return next();
};

function itemOf(given: unknown): Item {
  const email = v.safeParse(BatchedEmail, given);
  return email.success ? { email: email.output } : { faults: detailsOf(email.issues) };
}

/** What the header says, else what each client expects of its own form. */
function isStrict(header: string | undefined, isBare: boolean): boolean {
  if (header === undefined) return isBare;
  if (header !== "strict" && header !== "permissive")
    throw invalidField("x-batch-validation", "must be strict or permissive");
  return header === "strict";
}

function oneAnswer([one]: readonly Outcome[]): Record<string, unknown> {
  return { object: "email", ...one };
}

function wholeAnswer(outcomes: readonly Outcome[]): Record<string, unknown> {
  return { object: "list", data: outcomes };
}

/** What was taken, and apart from it what was not. */
function partialAnswer(outcomes: readonly Outcome[]): Record<string, unknown> {
  const data = outcomes.filter((one) => "id" in one);
  const errors = outcomes.flatMap((one, index) => ("fault" in one ? [{ index, message: inWords([one.fault]) }] : []));
  return { object: "list", data, errors };
}

/** Everything in its place. */
function eachAnswer(outcomes: readonly Outcome[]): Record<string, unknown> {
  const data = outcomes.map((one) => ("id" in one ? one : { error: inWords([one.fault]), code: "validation_failed" }));
  return { object: "list", data };
}
