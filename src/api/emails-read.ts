/** The email API, as far as it looks at emails that were sent, and changes those that wait. */
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { AppError } from "../errors.ts";
import { cancelMessage } from "../queue/cancel.ts";
import { listEmails, type Turn } from "../queue/email-list.ts";
import { readWholeEmail, type WholeEmail } from "../queue/emails.ts";
import { type FoundMessage, findMessages } from "../queue/list.ts";
import { rescheduleMessage } from "../queue/reschedule.ts";
import { timeline } from "../queue/timeline.ts";
import { oneTenant } from "./auth.ts";
import { bodyBytes, jsonBody } from "./body.ts";
import { insights } from "./emails-insights.ts";
import { NO_MOMENT, scheduledAt } from "./emails-schedule.ts";
import { draftOf, textsOf } from "./emails-texts.ts";
import { eventViews, flatView, listedView, nestedView } from "./emails-view.ts";
import { progressOf } from "./emails-view-words.ts";
import { answer, type Env } from "./env.ts";
import { withRoom } from "./reading.ts";
import { EmailChanges, EmailQuery, pageSize } from "./schemas/emails-read.ts";
import { TenantQuery } from "./schemas/queries.ts";
import type { Service } from "./service.ts";
import { invalidField, validated } from "./validation.ts";

export function emailReadRoutes(service: Service): Hono<Env> {
  const { config, db, engine, now, reading } = service;
  const app = new Hono<Env>();

  /** Answers with what `view` makes of the whole email, while there is room for it in memory. */
  const withEmail = async (
    c: Context<Env>,
    named: string | undefined,
    view: (email: WholeEmail) => Promise<Response>,
  ) => {
    const { seq, size } = await namedEmail(c, service, named);
    return withRoom(c, reading, async (room) => {
      room(size);
      const email = await readWholeEmail(db, seq);
      if (email === undefined) throw noSuchEmail(); // swept a moment ago
      return view(email);
    });
  };

  app.get("/emails", validated("query", EmailQuery), async (c) => {
    const query = c.req.valid("query");
    const tenantId = await oneTenant(c, service, query.tenant_id);
    const { status, date_from: since, date_to: until, to, from, subject, tag } = query;
    const progress = status === undefined ? undefined : progressOf(status);
    const filter = { tenantId, progress, since, until, to, from, subject, tag };
    const turn = await turnOf(service, tenantId, query);
    const { emails, hasMore, total } = await listEmails(db, filter, turn);
    return answer(c, {
      object: "list",
      has_more: hasMore,
      data: emails.map(listedView),
      meta: {
        page: query.page ?? 1,
        perPage: turn.limit,
        total,
        totalPages: Math.ceil(total / turn.limit),
      },
    });
  });

  app.get("/emails/:id", validated("query", TenantQuery), async (c) => {
    return withEmail(c, c.req.valid("query").tenant_id, async (email) => {
      const shown = { ...(await textsOf(email)), events: await timeline(db, email.seq) };
      return answer(c, { ...flatView(email, shown), email: nestedView(email, shown) });
    });
  });

  app.patch("/emails/:id", jsonBody, validated("query", TenantQuery), validated("json", EmailChanges), async (c) => {
    const { seq, view } = await namedEmail(c, service, c.req.valid("query").tenant_id);
    const dueAt = scheduledAt(c.req.valid("json").scheduled_at, now());
    if (dueAt === undefined) throw invalidField("scheduled_at", NO_MOMENT);
    const expiryMs = config.expirySeconds * 1000;
    const refused = await rescheduleMessage(db, { seq, dueAt, now: now(), expiryMs });
    if (refused !== undefined) throw new AppError("conflict", `cannot reschedule this email: ${refused}`);
    engine.wake();
    return answer(c, { object: "email", id: view.pk, success: true });
  });

  app.post("/emails/:id/cancel", ignoredBody, validated("query", TenantQuery), async (c) => {
    const { seq, tenantId, view } = await namedEmail(c, service, c.req.valid("query").tenant_id);
    const refused = await cancelMessage(db, { seq, now: now(), retentionMs: config.retentionSeconds * 1000 });
    if (refused !== undefined) throw new AppError("conflict", `cannot cancel this email: ${refused}`);
    engine.report(tenantId); // of one that some have accepted
    return answer(c, { object: "email", id: view.pk, success: true });
  });

  app.get("/emails/:id/events", validated("query", TenantQuery), async (c) => {
    return withEmail(c, c.req.valid("query").tenant_id, async (email) => {
      const events = eventViews(email, await timeline(db, email.seq));
      return answer(c, { object: "list", events, data: events });
    });
  });

  app.get("/emails/:id/insights", validated("query", TenantQuery), async (c) => {
    return withEmail(c, c.req.valid("query").tenant_id, async (email) => {
      const found = insights(await draftOf(email));
      return answer(c, { warnings: found.map(({ code, ...words }) => ({ type: code, code, ...words })) });
    });
  });

  return app;
}

/** One client posts `{}` there and the other nothing: either way there is nothing to be read from it. */
const ignoredBody: MiddlewareHandler<Env> = async (c, next) => {
  if (c.get("incoming").announced !== 0) await bodyBytes(c);
  await next();
};

/** The email in the path, by its id here (the message's pk) or by the one that its application has given it. */
async function namedEmail(c: Context<Env>, service: Service, named: string | undefined): Promise<FoundMessage> {
  const tenantId = await oneTenant(c, service, named);
  const [message] = await findMessages(service.db, c.req.param("id") ?? "", tenantId);
  if (message === undefined) throw noSuchEmail();
  return message;
}

function noSuchEmail(): AppError {
  return new AppError("not_found", "there is no such email");
}

async function turnOf({ db }: Service, tenantId: string, query: EmailQuery): Promise<Turn> {
  const { after, before, page = 1 } = query;
  if (after !== undefined && before !== undefined) throw invalidField("after", "and before exclude each other");
  if (query.page !== undefined && (after ?? before) !== undefined)
    throw invalidField("page", "excludes after and before");
  if (query.limit !== undefined && query.per_page !== undefined)
    throw invalidField("limit", "and per_page exclude each other");
  const place = async (name: "after" | "before") => {
    const given = query[name];
    if (given === undefined) return undefined;
    const [found] = await findMessages(db, given, tenantId);
    if (found === undefined) throw invalidField(name, "is not the id of an email");
    return found.seq;
  };
  const limit = pageSize(query);
  return { after: await place("after"), before: await place("before"), offset: (page - 1) * limit, limit };
}
