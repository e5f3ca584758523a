/** The first page: what needs somebody, what waits, and how it went. */
import { type Context, Hono } from "hono";
import type { Figures, Overview } from "../../client/types.ts";
import type { DashboardEnv } from "../env.ts";
import { Live } from "../parts/live.tsx";
import { withQuery } from "../parts/pager.tsx";
import { Totals } from "../parts/totals.tsx";
import { page } from "../shell.tsx";
import { Attentions } from "./attention.tsx";
import { Choice } from "./choice.tsx";
import { FirstSteps, type Missing, whatIsMissing } from "./first-steps.tsx";
import { Plots } from "./plots.tsx";
import { Oldest, Queue } from "./queue.tsx";
import { RANGES, type RangeName, rangeNamed } from "./ranges.ts";

export function overviewRoutes(): Hono<DashboardEnv> {
  const app = new Hono<DashboardEnv>();

  app.get("/", async (c) => {
    const view = await look(c);
    return page(
      c,
      { title: "Overview", here: "overview" },
      <>
        <h1>Overview</h1>
        <Choice {...view} />
        <Live id="overview" href={view.href}>
          <Content {...view} />
        </Live>
      </>,
    );
  });

  return app;
}

interface View {
  /** This page, with what was chosen. */
  href: string;
  rangeName: RangeName;
  /** Undefined: all. */
  tenantId: string | undefined;
  /** What the admin may choose from. */
  tenants: readonly string[];
  isAdmin: boolean;
  /** Tenants are to be named. */
  isForAll: boolean;
  figures: Figures;
  overview: Overview;
  missing: Missing | undefined;
  /** Unix seconds. */
  now: number;
}

async function look(c: Context<DashboardEnv>): Promise<View> {
  const { api, host, visitor } = c.var;
  const rangeName = rangeNamed(c.req.query("range"));
  const tenantId = c.req.query("tenant_id") || undefined;
  const isAdmin = visitor.caller.kind === "admin";
  // The choice stands outside of what is fetched again.
  const isPart = c.req.header("HX-Request") !== undefined;
  const { seconds, stepSeconds } = RANGES[rangeName];
  const scope = tenantId === undefined ? {} : { tenant_id: tenantId };
  const now = Math.floor(host.now() / 1000);
  const [figures, overview, tenants] = await Promise.all([
    api.figures({ ...scope, since: now - seconds, step: stepSeconds }),
    api.overview(scope),
    isAdmin && !isPart ? api.tenants.list().then((list) => list.tenants.map(({ id }) => id)) : [],
  ]);
  return {
    href: withQuery("/dashboard", { range: c.req.query("range"), tenant_id: tenantId }),
    rangeName,
    tenantId,
    tenants,
    isAdmin,
    isForAll: isAdmin && tenantId === undefined,
    figures,
    overview,
    missing: await whatIsMissing(api, tenantId, figures, overview),
    now,
  };
}

function Content({ figures, overview, missing, isAdmin, isForAll, rangeName, href, now }: View) {
  const range = RANGES[rangeName];
  return (
    <>
      {missing !== undefined && <FirstSteps missing={missing} isAdmin={isAdmin} />}
      <section aria-labelledby="attention">
        <h2 id="attention">Needs attention</h2>
        <Attentions attention={overview.attention} back={href} isAdmin={isAdmin} isForAll={isForAll} />
      </section>
      <section aria-labelledby="queue">
        <h2 id="queue">Queue</h2>
        <Oldest oldest={overview.oldest} isForAll={isForAll} />
        <Queue queue={overview.queue} pending={overview.pending} />
      </section>
      <section aria-labelledby="range">
        <h2 id="range">{range.name}</h2>
        <Totals totals={figures.totals} />
        <Plots figures={figures} range={range} now={now} />
      </section>
    </>
  );
}
