/** The messages: the list and what is done with many, a message's page and what is done with one, its bytes. */
import { type Context, Hono } from "hono";
import type { ListMessagesQuery } from "../../client/types.ts";
import { act, refusal } from "../act.ts";
import type { DashboardEnv } from "../env.ts";
import { text, texts } from "../given.ts";
import { letterHtml } from "../headers.ts";
import { relay } from "../relay.ts";
import { page } from "../shell.tsx";
import { doWith, isDeed } from "./chosen.ts";
import { exactly } from "./exactly.ts";
import { type Filter, filterOf, keptFilter, listHref, messageHref, queryOf } from "./filter.ts";
import { type Found, ListPage } from "./list-page.tsx";
import { MessagePage, titleOf } from "./message-page.tsx";
import { doWithOne } from "./one.ts";
import { SourcePage } from "./source.tsx";
import { waitsOf } from "./waits.ts";

const SHOWN_AT_ONCE = 50;

export function messagesRoutes(): Hono<DashboardEnv> {
  const app = new Hono<DashboardEnv>();

  app.get("/", async (c) => {
    const filter = filterOf(c.req.query());
    const cursor = c.req.query("cursor");
    const found = await find(c, filter, cursor);
    const hasTenants = c.var.visitor.caller.kind === "admin";
    const shown = <ListPage filter={filter} cursor={cursor} hasTenants={hasTenants} found={found} />;
    // A part that is fetched again is shown only where it is told to have gone well.
    const status = typeof found === "string" && c.req.header("HX-Request") === undefined ? 422 : 200;
    return page(c, { title: "Messages", here: "messages", status }, shown);
  });

  app.post("/chosen", async (c) => {
    const form = await c.req.formData();
    const deed = text(form, "do");
    return act(c, listHref(keptFilter(text(form, "back"))), async () =>
      isDeed(deed)
        ? doWith(c.var.api, deed, texts(form, "pk"))
        : { kind: "failed", text: "Nothing was asked for: press one of the buttons below the list." },
    );
  });

  app.get("/:id", async (c) => {
    const { api } = c.var;
    // A part that is fetched again shows nothing of what the message says.
    const wanted = c.req.header("HX-Request") === undefined ? { include: "preview" as const } : {};
    const message = await api.messages.get(c.req.param("id"), wanted);
    const shown = (
      <MessagePage
        message={message}
        waits={await waitsOf(api, message)}
        back={c.req.query("back") ?? ""}
        showsAllRecipients={c.req.query("recipients") === "all"}
      />
    );
    return page(c, { title: titleOf(message), here: "messages" }, shown);
  });

  app.get("/:id/body", async (c) => {
    const { preview } = await c.var.api.messages.get(c.req.param("id"), { include: "preview" });
    return letterHtml(c, preview?.html ?? "");
  });

  app.get("/:id/source", async (c) => {
    const id = c.req.param("id");
    const source = await c.var.api.messages.raw(id);
    const shown = <SourcePage pk={id} back={c.req.query("back") ?? ""} source={source} />;
    return page(c, { title: "Source of a message", here: "messages" }, shown);
  });

  app.get("/:id/raw", (c) => relay(c, `/messages/${encodeURIComponent(c.req.param("id"))}/raw`));

  app.post("/:id/:deed{retry|cancel|delete}", async (c) => {
    const form = await c.req.formData();
    const id = c.req.param("id");
    const deed = c.req.param("deed");
    const back = text(form, "back") ?? "";
    const isGone = deed === "delete";
    return act(c, isGone ? listHref(keptFilter(back)) : messageHref(id, back), async () => {
      if (!isDeed(deed)) throw new Error(`${deed} is no deed`);
      return doWithOne(c.var.api, deed, id);
    });
  });

  return app;
}

/** What was found, or why nothing can be looked for. */
async function find(c: Context<DashboardEnv>, filter: Filter, cursor: string | undefined): Promise<Found | string> {
  const { api } = c.var;
  const query = queryOf<ListMessagesQuery>(filter);
  try {
    const asked = { ...query, limit: SHOWN_AT_ONCE, ...(cursor === undefined ? {} : { cursor }) };
    const { messages, next_cursor } = await api.messages.list(asked);
    const first = cursor === undefined ? await exactly(api, filter, messages) : [];
    return { messages: [...first, ...messages], cursor: next_cursor, most: SHOWN_AT_ONCE };
  } catch (error) {
    return refusal(error);
  }
}
