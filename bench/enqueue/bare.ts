/** The least that any such service does: a Hono route that compares a token, validates with Valibot and answers. */
import { sValidator } from "@hono/standard-validator";
import { Hono } from "hono";
import * as v from "valibot";
import { serve } from "../../src/runtimes/bun.ts";
import { serveAsked } from "../serving.ts";

const TOKEN = "token-of-the-bare-route";

const address = v.pipe(v.string(), v.email());
const addresses = v.union([address, v.array(address)]);
const labels = v.record(v.string(), v.string());

/** The fields of a message, each as plainly as Valibot says it. */
const Message = v.strictObject({
  id: v.pipe(v.string(), v.minLength(1), v.maxLength(255)),
  tenant_id: v.nullish(v.string()),
  account_id: v.nullish(v.string()),
  from: address,
  to: addresses,
  cc: v.nullish(addresses),
  bcc: v.nullish(addresses),
  reply_to: v.nullish(addresses),
  return_path: v.nullish(v.string()),
  subject: v.string(),
  body: v.nullish(v.string()),
  content_type: v.nullish(v.picklist(["plain", "html"])),
  text: v.nullish(v.string()),
  html: v.nullish(v.string()),
  message_id: v.nullish(v.string()),
  headers: v.nullish(labels),
  date: v.nullish(v.number()),
  priority: v.nullish(v.picklist([0, 1, 2, 3])),
  deferred_ts: v.nullish(v.number()),
  expires_ts: v.nullish(v.number()),
  batch_code: v.nullish(v.string()),
  dsn: v.nullish(labels),
  attachments: v.nullish(v.array(labels)),
  tags: v.nullish(labels),
  metadata: v.nullish(labels),
});

const MessageBatch = v.strictObject({
  messages: v.array(Message),
  default_priority: v.nullish(v.picklist([0, 1, 2, 3])),
});

const app = new Hono();
app.post(
  "/commands/add-messages",
  async (c, next) => {
    if (c.req.header("X-API-Token") !== TOKEN) return c.json({ ok: false }, 401);
    await next();
  },
  sValidator("json", MessageBatch),
  (c) => c.json({ ok: true, queued: c.req.valid("json").messages.length, rejected: [] }),
);

const server = serve(async (request) => app.fetch(request), { host: "127.0.0.1", port: 0 });
await serveAsked({ port: server.port, token: TOKEN });
await server.stop(0);
