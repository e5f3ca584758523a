/** SMTP accounts: all of them, one of them, and what is done with them: tested, paused, resumed, deleted. */
import { Hono } from "hono";
import { act, refusal } from "../act.ts";
import type { DashboardEnv } from "../env.ts";
import { text } from "../given.ts";
import { lastDay } from "../parts/last-day.tsx";
import { Live } from "../parts/live.tsx";
import { redirectWith } from "../session.ts";
import { page } from "../shell.tsx";
import { within } from "../within.ts";
import { HERE, hrefOf, namedIn } from "./links.ts";
import { AccountList } from "./list.tsx";
import { AccountPage } from "./page.tsx";
import { untilIn } from "./pause.tsx";
import { accountSaving } from "./save.tsx";
import { TestedPage } from "./tested.tsx";

export function accountRoutes(): Hono<DashboardEnv> {
  const app = new Hono<DashboardEnv>();

  app.get("/", async (c) => {
    const { accounts } = await c.var.api.accounts.list();
    const list = (
      <>
        <h1>Accounts</h1>
        <p>
          <a class="button" href={`${HERE}/new`}>
            Add an account
          </a>
        </p>
        <Live id="accounts" href={HERE}>
          <AccountList accounts={accounts} />
        </Live>
      </>
    );
    return page(c, { title: "Accounts", here: "accounts" }, list);
  });

  app.route("/", accountSaving());

  app.get("/:tenant/:id", async (c) => {
    const { host, api } = c.var;
    const name = { tenant_id: c.req.param("tenant"), id: c.req.param("id") };
    const account = await api.accounts.get(name.id, { tenant_id: name.tenant_id });
    const mail = { tenant_id: name.tenant_id, account_id: name.id };
    const figures = await api.figures({ ...mail, ...lastDay(host.now()) });
    const title = `Account ${account.id}`;
    return page(c, { title, here: "accounts" }, <AccountPage account={account} figures={figures} />);
  });

  app.post("/test", async (c) => {
    const form = await c.req.formData();
    const { tenant_id, id } = namedIn(form);
    const tested = await c.var.api.accounts.test(id, { tenant_id }).catch((error) => ({ refused: refusal(error) }));
    const shown = <TestedPage account={{ tenant_id, id }} tested={tested} back={backOf(form)} />;
    return page(c, { title: "Connection test", here: "accounts" }, shown);
  });

  app.post("/resume", async (c) => {
    const form = await c.req.formData();
    const { tenant_id, id } = namedIn(form);
    return act(c, backOf(form), async () => {
      await c.var.api.accounts.resume(id, { tenant_id });
      return `Account ${id} of ${tenant_id} sends again.`;
    });
  });

  app.post("/pause", async (c) => {
    const form = await c.req.formData();
    const { tenant_id, id } = namedIn(form);
    return act(c, backOf(form), async () => {
      await c.var.api.accounts.pause(id, { tenant_id, ...untilIn(form, c.var.host.now()) });
      return `Account ${id} of ${tenant_id} is paused: its messages wait. What is being sent is finished.`;
    });
  });

  app.post("/delete", async (c) => {
    const form = await c.req.formData();
    const { tenant_id, id } = namedIn(form);
    const force = text(form, "force") !== undefined;
    return act(c, hrefOf({ tenant_id, id }), async () => {
      const { failed_messages: failed } = await c.var.api.accounts.delete(id, { tenant_id, force });
      const done = `Account ${id} of ${tenant_id} is deleted; messages that failed with it: ${failed}.`;
      return redirectWith(c, HERE, { kind: "done", text: done });
    });
  });

  return app;
}

/** Where the form was, or the account's own page. */
function backOf(form: FormData): string {
  return within(text(form, "back"), hrefOf(namedIn(form)));
}
