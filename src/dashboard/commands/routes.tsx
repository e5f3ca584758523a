/** The command log: who asked for what, and what came of it; and the whole of it as a file. */
import { Hono } from "hono";
import type { ListCommandsQuery } from "../../client/types.ts";
import type { DashboardEnv } from "../env.ts";
import { asQuery } from "../given.ts";
import { withQuery } from "../parts/pager.tsx";
import { oneOrAll } from "../parts/tenant-choice.tsx";
import { relay } from "../relay.ts";
import { page } from "../shell.tsx";
import { CommandsPage, HERE } from "./page.tsx";

/** Each may hold 64 KB of payload. */
const SHOWN_AT_ONCE = 25;

export function commandsRoutes(): Hono<DashboardEnv> {
  const app = new Hono<DashboardEnv>();

  app.get("/", async (c) => {
    const { since = "", until = "", cursor } = c.req.query();
    const choice = await oneOrAll(c);
    const filter = { tenant_id: choice.tenantId, since, until };
    const query = asQuery<ListCommandsQuery>({ ...filter, cursor });
    const found = await c.var.api.commands.log({ ...query, limit: SHOWN_AT_ONCE });
    const shown = <CommandsPage choice={choice} filter={filter} href={withQuery(HERE, filter)} found={found} />;
    return page(c, { title: "Command log", here: "commands" }, shown);
  });

  app.get("/export", (c) => {
    const { tenant_id, since, until } = c.req.query();
    return relay(c, withQuery("/command-log/export", { tenant_id, since, until }));
  });

  return app;
}
