/** Figures over time and the state of things, described. */
import { Figures, Overview } from "../../schemas/answers-figures.ts";
import { FiguresQuery } from "../../schemas/figures.ts";
import { TenantQuery } from "../../schemas/queries.ts";
import type { Operations } from "../operation.ts";

export const figureOperations: Operations = {
  "GET /figures": {
    id: "figures",
    tag: "Watching",
    summary: "What was sent, failed, deferred, bounced, and how long it took, over time",
    description:
      "One point for each step, those without anything included; kept for 30 days. Without moments it is the last hour. A step is whole minutes, and as long as it takes to have at most 2,000 points. The admin who names no tenant sees the sum of all; with `account_id` it is that account alone.",
    opens: "tenant",
    query: FiguresQuery,
    answers: Figures,
    fails: [404],
  },
  "GET /overview": {
    id: "overview",
    tag: "Watching",
    summary: "What waits, what waits longest, and what needs somebody, with the reason",
    description:
      "Of one tenant, or for the admin of all. Of messages that are due each priority is counted up to 10,000; where there are more, `count_is_at_least` is true.",
    opens: "tenant",
    query: TenantQuery,
    answers: Overview,
    fails: [404],
  },
};
