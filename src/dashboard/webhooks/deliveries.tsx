/** One webhook with its log, one delivery with each of its calls; what went wrong is made once more. */
import { Hono } from "hono";
import type { ListDeliveriesQuery, ReplayRange } from "../../client/types.ts";
import { act } from "../act.ts";
import type { DashboardEnv } from "../env.ts";
import { asQuery, text } from "../given.ts";
import { withQuery } from "../parts/pager.tsx";
import { page } from "../shell.tsx";
import { DeliveryPage } from "./delivery.tsx";
import { deliveryHref, hrefOf } from "./links.ts";
import type { Filter } from "./log-forms.tsx";
import { WebhookPage } from "./webhook.tsx";

const SHOWN_AT_ONCE = 50;
/** The most that the API takes in one call. */
const REPLAYED_AT_ONCE = 1_000;
/** What somebody wants once more; one that was delivered, by its own page. */
const NOT_DELIVERED = ["failed", "missed"] as const;

export function deliveryRoutes(): Hono<DashboardEnv> {
  const app = new Hono<DashboardEnv>();

  app.get("/:id", async (c) => {
    const { api } = c.var;
    const id = c.req.param("id");
    const { state = "", event_type = "", cursor } = c.req.query();
    const filter: Filter = { state, event_type };
    const query = asQuery<ListDeliveriesQuery>({ ...filter, cursor });
    const webhook = await api.webhooks.get(id);
    const found = await api.webhooks.deliveries(id, { ...query, limit: SHOWN_AT_ONCE });
    const shown = (
      <WebhookPage
        webhook={webhook}
        filter={filter}
        list={withQuery(hrefOf(id), { ...filter })}
        here={withQuery(hrefOf(id), { ...filter, cursor })}
        found={found}
      />
    );
    return page(c, { title: `Webhook ${webhook.url}`, here: "webhooks" }, shown);
  });

  app.post("/:id/replay", async (c) => {
    const form = await c.req.formData();
    return act(c, hrefOf(c.req.param("id")), async () => {
      const { replayed, remaining } = await c.var.api.webhooks.replayRange(c.req.param("id"), rangeOf(form));
      const rest = remaining > 0 ? `; ${remaining} more fit: replay once more to go on` : "";
      return `${replayed} on their way again${rest}.`;
    });
  });

  app.get("/:id/deliveries/:delivery", async (c) => {
    const { id, delivery } = c.req.param();
    const { url } = await c.var.api.webhooks.get(id);
    const found = await c.var.api.webhooks.delivery(id, delivery);
    return page(c, { title: "Delivery", here: "webhooks" }, <DeliveryPage url={url} delivery={found} />);
  });

  app.post("/:id/deliveries/:delivery/replay", (c) => {
    const { id, delivery } = c.req.param();
    return act(c, deliveryHref(id, delivery), async () => {
      await c.var.api.webhooks.replay(id, delivery);
      return "On its way again, under the id that it had.";
    });
  });

  return app;
}

function rangeOf(form: FormData): ReplayRange {
  const wanted = text(form, "state");
  const states = NOT_DELIVERED.filter((state) => wanted === undefined || state === wanted);
  return { withinMinutes: Number(text(form, "minutes")), states: [...states], limit: REPLAYED_AT_ONCE };
}
