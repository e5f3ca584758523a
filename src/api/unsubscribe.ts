/**
 * Where the links lead by which recipients unsubscribe (RFC 8058): public, since whoever has the link has the mail.
 *
 * 1. The token is checked before anything is asked: a forged one costs no query, and is told nothing.
 * 2. GET shows a page with a button and changes nothing: scanners of mail follow every link.
 * 3. POST does it, whatever its body says, since the link says all; the body is not read.
 *
 * Nobody calls here who could stand in the command log: what was done is told by the message's event, the entry on the
 * tenant's list, and a line in the log.
 */
import { getLogger } from "@logtape/logtape";
import { type Context, Hono } from "hono";
import { unsubscribe } from "../bounces/unsubscribe.ts";
import { UnsubscribeLinks } from "../bounces/unsubscribe-link.ts";
import { announcedBytes, bodyTooLarge } from "./body.ts";
import type { Door } from "./door.ts";
import type { Env } from "./env.ts";
import type { Service } from "./service.ts";
import { done, NO_SUCH_LINK, type Page, question, unsubscribePage } from "./unsubscribe-page.ts";

const log = getLogger(["mail-proxy", "bounces"]);

/** RFC 8058 3.2: the one pair of a form takes 26, or some 200 in parts. */
const MOST_BYTES = 16 * 1024;
/** All who unsubscribe stand at the door as one caller, so that a crowd of them leaves room for the applications. */
const CALLER = "unsubscribe";

export function unsubscribeRoutes({ db, engine, now, vault }: Service, door: Door): Hono<Env> {
  const links = new UnsubscribeLinks(vault);
  const app = new Hono<Env>();

  app.get("/unsubscribe/:token", async (c) => {
    const wish = await links.read(c.req.param("token"));
    return wish === undefined ? show(c, NO_SUCH_LINK, 404) : show(c, question(wish.address));
  });

  app.post("/unsubscribe/:token", async (c) => {
    if ((announcedBytes(c) ?? 0) > MOST_BYTES) throw bodyTooLarge(MOST_BYTES);
    const wish = await links.read(c.req.param("token"));
    if (wish === undefined) return show(c, NO_SUCH_LINK, 404);
    const pass = door.enter(CALLER);
    const outcome = await unsubscribe(db, wish, now()).finally(() => pass.leave());
    if (outcome === "new") engine.report(wish.tenantId);
    log.info("the recipient of message {pk} of tenant {tenant_id} has unsubscribed: {outcome}", {
      ...{ event: "unsubscribed", pk: wish.pk, tenant_id: wish.tenantId, request_id: c.get("requestId") },
      outcome: WORDS[outcome],
    });
    return show(c, done(wish.address));
  });

  return app;
}

const WORDS = {
  new: "on the tenant's list, and reported",
  known: "not for the first time",
  unheard: "on the tenant's list; the message is no longer there",
};

function show(c: Context<Env>, page: Page, status: 200 | 404 = 200) {
  const nonce = crypto.randomUUID();
  c.header(
    "Content-Security-Policy",
    `default-src 'none'; style-src 'nonce-${nonce}'; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`,
  );
  // The link is a key: no other page is told where the reader came from.
  c.header("Referrer-Policy", "no-referrer");
  return c.html(unsubscribePage(page, nonce), status);
}
