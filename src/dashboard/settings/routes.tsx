/** What this process is and does, the settings that are kept in the database, and those that it was started with. The admin's. */
import { type Context, Hono } from "hono";
import type { InstanceChanges } from "../../client/types.ts";
import { act } from "../act.ts";
import type { DashboardEnv } from "../env.ts";
import { bodyOf, changedFields, faultsOf, typedIn } from "../forms/read.ts";
import { type FormState, fieldsOf, NO_FAULTS, statusOf } from "../forms/spec.ts";
import { secretsIn, storedIn } from "../forms/stored.ts";
import { redirectWith } from "../session.ts";
import { page } from "../shell.tsx";
import { STORED_GROUPS } from "./fields.ts";
import { HERE, SettingsPage } from "./page.tsx";

const SPECS = fieldsOf(STORED_GROUPS);

export function settingsRoutes(): Hono<DashboardEnv> {
  const app = new Hono<DashboardEnv>();

  app.get("/", async (c) => settingsPage(c, await stored(c)));

  app.post("/", async (c) => {
    const form = await c.req.formData();
    const { typed, kept } = await stored(c);
    const changes = bodyOf(form, changedFields(form, SPECS, typed)) as InstanceChanges;
    if (Object.keys(changes).length === 0) return redirectWith(c, HERE, { kind: "done", text: "Nothing was changed." });
    try {
      await c.var.api.updateInstance(changes);
      return redirectWith(c, HERE, { kind: "done", text: "Saved. It holds from now on, without a restart." });
    } catch (error) {
      return settingsPage(c, { typed: typedIn(form, SPECS), kept, faults: faultsOf(error, SPECS) });
    }
  });

  app.post("/run-now", (c) =>
    act(c, HERE, async () => {
      await c.var.api.commands.runNow();
      return "What is due is sent and reported now; mailboxes are read.";
    }),
  );

  app.post("/read-mailboxes", (c) =>
    act(c, HERE, async () => {
      const { mailboxes } = await c.var.api.bounces.reload();
      return mailboxes === 1 ? "One mailbox is read anew." : `${mailboxes} mailboxes are read anew.`;
    }),
  );

  return app;
}

async function stored(c: Context<DashboardEnv>): Promise<FormState> {
  const instance = await c.var.api.instance();
  return { typed: storedIn(instance, SPECS), kept: secretsIn(instance, SPECS), faults: NO_FAULTS };
}

async function settingsPage(c: Context<DashboardEnv>, state: FormState) {
  const { api, host } = c.var;
  const [status, { settings }] = await Promise.all([api.status(), api.settings()]);
  const shown = <SettingsPage status={status} state={state} settings={settings} now={host.now()} />;
  return page(c, { title: "Settings", here: "settings", status: statusOf(state) }, shown);
}
