/** Which messages a list shows: what stands in its address, and goes along to a message's page and back. */
import { asQuery } from "../given.ts";
import { withQuery } from "../parts/pager.tsx";
import { HERE, hrefOf } from "./links.ts";

const NAMES = ["q", "status", "tenant_id", "account_id", "batch_code", "since", "until"] as const;

/** Empty texts where nothing is asked for. */
export type Filter = Record<(typeof NAMES)[number], string>;

/** Out of the parameters of an address; others are left alone. */
export function filterOf(parameters: Record<string, string>): Filter {
  const of = (name: keyof Filter) => (parameters[name] ?? "").trim();
  return {
    q: of("q"),
    status: of("status"),
    tenant_id: of("tenant_id"),
    account_id: of("account_id"),
    batch_code: of("batch_code"),
    since: of("since"),
    until: of("until"),
  };
}

/** As the API takes it. `active`, which is no status there, stands for all that is not finished. */
export function queryOf<Q extends object>({ status, ...filter }: Filter): Q {
  return asQuery<Q>({ ...filter, ...(status === "active" ? { active_only: "true" } : { status }) });
}

export function isEmpty(filter: Filter): boolean {
  return Object.values(filter).every((value) => value === "");
}

/** Where the list with this filter is. */
export function listHref(filter: Filter): string {
  return withQuery(HERE, filter);
}

/** The filter as one text, to be taken along. */
export function kept(filter: Filter): string {
  return new URLSearchParams(asQuery<Record<string, string>>(filter)).toString();
}

/** What was taken along; whatever it says, only a filter comes of it. */
export function keptFilter(text: string | undefined): Filter {
  return filterOf(Object.fromEntries(new URLSearchParams(text ?? "")));
}

/** A message's page, from which the way leads back to this list. */
export function messageHref(pk: string, back: string, changes: Record<string, string> = {}): string {
  return withQuery(hrefOf(pk), { back, ...changes });
}
