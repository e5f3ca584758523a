/** The form that narrows the list: it searches as one types, and without a script by its button. */
import { Field } from "../parts/field.tsx";
import { Moment } from "../parts/moment.tsx";
import { type Filter, isEmpty } from "./filter.ts";
import { HERE } from "./links.ts";

/** What of the page is fetched anew: the list. */
export const FOUND = "found";

const STATUSES = [
  ["", "all"],
  ["active", "not finished"],
  ["pending", "pending"],
  ["deferred", "deferred"],
  ["sending", "sending"],
  ["sent", "sent"],
  ["error", "error"],
  ["canceled", "canceled"],
] as const;

const MORE = ["tenant_id", "account_id", "batch_code", "since", "until"] as const satisfies (keyof Filter)[];

export function Search({ filter, hasTenants }: { filter: Filter; hasTenants: boolean }) {
  return (
    <search>
      <form
        id="search"
        method="get"
        action={HERE}
        class="filters"
        hx-get={HERE}
        hx-trigger="input delay:300ms, submit"
        hx-target={`#${FOUND}`}
        hx-select={`#${FOUND}`}
        hx-swap="outerMorph"
        hx-sync="this:replace"
      >
        <div class="row filter">
          <Field name="q" label="Id, recipient or subject">
            <input id="q" name="q" type="search" value={filter.q} maxlength={200} autocomplete="off" />
          </Field>
          <Field name="status" label="State">
            <select id="status" name="status">
              {STATUSES.map(([value, name]) => (
                <option value={value} selected={value === filter.status}>
                  {name}
                </option>
              ))}
            </select>
          </Field>
          <button type="submit">Search</button>
          {!isEmpty(filter) && <a href={HERE}>Show all</a>}
        </div>
        <details open={MORE.some((name) => filter[name] !== "")}>
          <summary>More filters</summary>
          <div class="row filter">
            {hasTenants && <Exactly name="tenant_id" label="Tenant" filter={filter} />}
            <Exactly name="account_id" label="Account" filter={filter} />
            <Exactly name="batch_code" label="Batch" filter={filter} />
            <Moment name="since" label="Accepted from (UTC)" value={filter.since} />
            <Moment name="until" label="Accepted before (UTC)" value={filter.until} />
          </div>
        </details>
      </form>
    </search>
  );
}

interface FilterFieldProps {
  name: keyof Filter;
  label: string;
  filter: Filter;
}

function Exactly({ name, label, filter }: FilterFieldProps) {
  return (
    <Field name={name} label={label}>
      <input id={name} name={name} value={filter[name]} maxlength={255} autocomplete="off" />
    </Field>
  );
}
