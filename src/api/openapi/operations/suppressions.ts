/** The routes about suppression lists, described. */
import { SuppressionPage, SuppressionsAdded, SuppressionsRemoved } from "../../schemas/answers-suppressions.ts";
import { TenantQuery } from "../../schemas/queries.ts";
import {
  SuppressionInput,
  SuppressionQuery,
  SuppressionRemoval,
  SuppressionRemovalQuery,
} from "../../schemas/suppressions.ts";
import type { Operations } from "../operation.ts";

export const suppressionOperations: Operations = {
  "GET /suppressions": {
    id: "listSuppressions",
    tag: "Suppressions",
    summary: "Whom a tenant's mail does not go to, newest first",
    description:
      "With `Accept: text/csv` or `format=csv` the whole list, or all of it that fits the filters, as CSV (RFC 4180) with a header.",
    opens: "tenant",
    query: SuppressionQuery,
    answers: SuppressionPage,
    orAnswers: "text/csv",
    fails: [404],
  },
  "POST /suppressions": {
    id: "addSuppressions",
    tag: "Suppressions",
    summary: "Put addresses on the list, or change what is said of them",
    description:
      "One address, up to 10,000 as `suppressions`, or as many as the body may hold as CSV with a header: what an export gives, or that of another system with a column `email`. An entry that is wrong is rejected for itself.",
    opens: "tenant",
    query: TenantQuery,
    body: SuppressionInput,
    orBody: "text/csv",
    examples: {
      "one address": { address: "ann@example.net", reason: "asked by telephone" },
      "for a while": { address: "ann@example.net", expires_ts: "2099-12-31T00:00:00Z" },
      several: { suppressions: [{ address: "ann@example.net" }, { address: "bob@example.net", reason: "moved" }] },
    },
    answers: SuppressionsAdded,
    fails: [404],
  },
  "DELETE /suppressions": {
    id: "removeSuppressions",
    tag: "Suppressions",
    summary: "Take addresses off the list",
    description: "One as `address`, or up to 10,000 in the body.",
    opens: "tenant",
    query: SuppressionRemovalQuery,
    body: SuppressionRemoval,
    examples: { several: { addresses: ["ann@example.net", "bob@example.net"] } },
    answers: SuppressionsRemoved,
    fails: [404],
  },
};
