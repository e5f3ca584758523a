/** The sandbox's routes, to be mounted at /inbox, behind the application's authentication. */
import { type Context, Hono } from "hono";
import { attachmentDisposition } from "../attachments/stores/disposition.ts";
import { AppError } from "../errors.ts";
import type { Inbox, Mail } from "./inbox.ts";
import { attachmentOf, detailsOf, summaryOf } from "./views.ts";

export function createInboxRoutes(inbox: Inbox): Hono {
  const app = new Hono();

  app.get("/messages", async (c) => {
    return c.json({ ok: true, messages: await Promise.all(inbox.list().map(summaryOf)) });
  });

  app.get("/messages/:n{[0-9]+}", async (c) => {
    return c.json({ ok: true, message: await detailsOf(mailNumbered(inbox, c.req.param("n"))) });
  });

  app.get("/messages/:n{[0-9]+}/raw", (c) => {
    const { n, raw } = mailNumbered(inbox, c.req.param("n"));
    return download(c, raw, "message/rfc822", `${n}.eml`);
  });

  app.get("/messages/:n{[0-9]+}/attachments/:position{[0-9]+}", async (c) => {
    const attachment = await attachmentOf(mailNumbered(inbox, c.req.param("n")), Number(c.req.param("position")));
    if (attachment === undefined) throw new AppError("not_found", "this mail has no such attachment");
    return download(c, attachment.bytes, attachment.mimeType, attachment.filename ?? "attachment");
  });

  app.delete("/messages", (c) => c.json({ ok: true, removed: inbox.clear() }));

  return app;
}

function mailNumbered(inbox: Inbox, n: string): Mail {
  const mail = inbox.find(Number(n));
  if (mail === undefined) throw new AppError("not_found", `no mail ${n} in the sandbox inbox`);
  return mail;
}

/** Never shown in the page's origin: the content is whatever somebody attached. */
function download(c: Context, bytes: Uint8Array, mimeType: string, filename: string): Response {
  return c.body(new Uint8Array(bytes), 200, {
    "Content-Type": MIME_TYPE.test(mimeType) ? mimeType : "application/octet-stream",
    "Content-Disposition": attachmentDisposition(filename),
    "X-Content-Type-Options": "nosniff",
  });
}

/** RFC 6838 4.2: what a mail calls its part may be no type at all, nor fit into a header. */
const MIME_TYPE = /^[\w.+-]+\/[\w.+-]+$/;
