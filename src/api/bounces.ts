/** Takes in mails that came back, as a mail server pipes them to it, whatever they are: what they say is in the answer. */
import { Hono, type MiddlewareHandler } from "hono";
import { MOST_READ_BYTES } from "../bounces/notice.ts";
import { AppError } from "../errors.ts";
import { findTenant, unknownTenant } from "../tenancy/tenants.ts";
import { isAdmin, tenantScope } from "./auth.ts";
import { bodyBytes } from "./body.ts";
import { answer, type Env } from "./env.ts";
import { BounceQuery } from "./schemas/queries.ts";
import type { Service } from "./service.ts";
import { invalidField, validated } from "./validation.ts";

/** RFC 2046 5.2.1, RFC 6532 3.7. */
const MAIL_TYPE = /^message\/(?:rfc822|global)\s*(?:;|$)/i;

export function bounceRoutes({ db, receiver }: Pick<Service, "db" | "receiver">): Hono<Env> {
  const app = new Hono<Env>();

  app.post("/bounces", mailBody, validated("query", BounceQuery), async (c) => {
    const { recipient, tenant_id } = c.req.valid("query");
    const tenantId = tenantScope(c, tenant_id);
    if (isAdmin(c) && tenantId !== undefined && (await findTenant(db, tenantId)) === undefined)
      throw unknownTenant(tenantId);
    const raw = await bodyBytes(c);
    if (raw.length === 0) throw invalidField("", "the mail is empty");
    // No mail stands in the log, so that the call cannot be made again out of it.
    c.set("payload", { omitted: `a mail of ${raw.length} bytes` });
    const received = await receiver.receive({
      raw: raw.subarray(0, MOST_READ_BYTES),
      recipient,
      tenantId,
      way: "http",
    });
    const events = received.events.map(({ tenantId: tenant_id, type: event, ...heard }) => ({
      tenant_id,
      event,
      ...heard,
    }));
    return answer(c, { ...received, events });
  });

  return app;
}

const mailBody: MiddlewareHandler<Env> = async (c, next) => {
  const isEmpty = c.get("incoming").announced === 0;
  if (!isEmpty && !MAIL_TYPE.test(c.req.header("Content-Type") ?? ""))
    throw new AppError(
      "unsupported_media_type",
      "the body must be a mail and say so: send Content-Type: message/rfc822",
    );
  await next();
};
