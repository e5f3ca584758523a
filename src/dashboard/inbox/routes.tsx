/** The sandbox's inbox: what arrived, and each mail as its reader would see it, and as it came. The admin's. */
import { Hono } from "hono";
import { act } from "../act.ts";
import type { DashboardEnv } from "../env.ts";
import { letterHtml } from "../headers.ts";
import { relay } from "../relay.ts";
import { page } from "../shell.tsx";
import { withPictures } from "./html.ts";
import { HERE, InboxPage } from "./list.tsx";
import { MailPage } from "./mail.tsx";

export function inboxRoutes(): Hono<DashboardEnv> {
  const app = new Hono<DashboardEnv>();

  app.get("/", async (c) => {
    const { messages } = await c.var.api.inbox.list();
    return page(c, { title: "Inbox", here: "inbox" }, <InboxPage mails={messages} />);
  });

  app.post("/empty", (c) =>
    act(c, HERE, async () => {
      const { removed } = await c.var.api.inbox.empty();
      return removed === 1 ? "One mail is gone." : `${removed} mails are gone.`;
    }),
  );

  app.get("/:n{[0-9]+}", async (c) => {
    const { message } = await c.var.api.inbox.get(Number(c.req.param("n")));
    return page(c, { title: message.subject || "Mail", here: "inbox" }, <MailPage mail={message} />);
  });

  app.get("/:n{[0-9]+}/html", async (c) => {
    const { inbox } = c.var.api;
    const { message } = await inbox.get(Number(c.req.param("n")));
    return letterHtml(c, await withPictures(message, (position) => inbox.attachment(message.n, position)));
  });

  app.get("/:n{[0-9]+}/raw", (c) => relay(c, `/inbox/messages/${c.req.param("n")}/raw`));

  app.get("/:n{[0-9]+}/attachments/:position{[0-9]+}", (c) =>
    relay(c, `/inbox/messages/${c.req.param("n")}/attachments/${c.req.param("position")}`),
  );

  return app;
}
