/** The list, what narrows it, and the forms that change it. */
import type { SuppressionPage } from "../../client/types.ts";
import { SUPPRESSION_SOURCES } from "../../db/suppressions.ts";
import { Field } from "../parts/field.tsx";
import { Hidden } from "../parts/hidden.tsx";
import { Pager, withQuery } from "../parts/pager.tsx";
import { type Choice, NoTenant, TenantChoice } from "../parts/tenant-choice.tsx";
import type { Filter } from "./filter.ts";
import { List } from "./list.tsx";

const HERE = "/dashboard/suppressions";

interface PageProps {
  choice: Choice;
  filter: Filter;
  href: string;
  /** Undefined where there is no tenant. */
  found: SuppressionPage | undefined;
}

export function SuppressionsPage({ choice, filter, href, found }: PageProps) {
  return (
    <>
      <h1>Suppressions</h1>
      <p class="soft">Mail does not go to these addresses any more: a message to one of them fails at once.</p>
      {found === undefined ? (
        <NoTenant />
      ) : (
        <>
          <Narrow choice={choice} filter={filter} />
          <List entries={found.suppressions} filter={filter} />
          <Pager href={href} cursor={found.next_cursor} />
          <p>
            <a class="button" href={withQuery(`${HERE}/export`, { ...filter })} download>
              Export as CSV
            </a>
          </p>
          <div class="cards forms">
            <Add filter={filter} />
            <Import filter={filter} />
          </div>
        </>
      )}
    </>
  );
}

function Narrow({ choice, filter }: { choice: Choice; filter: Filter }) {
  return (
    <form method="get" action={HERE} class="row filter">
      <TenantChoice {...choice} />
      <Field name="q" label="Part of the address">
        <input id="q" name="q" type="search" value={filter.q} />
      </Field>
      <Field name="source" label="Why">
        <select id="source" name="source">
          <option value="">any reason</option>
          {SUPPRESSION_SOURCES.map((source) => (
            <option value={source} selected={source === filter.source}>
              {source}
            </option>
          ))}
        </select>
      </Field>
      <button type="submit">Show</button>
    </form>
  );
}

function Add({ filter }: { filter: Filter }) {
  return (
    <form method="post" action={`${HERE}/add`} class="card form">
      <h2>Add an address</h2>
      <Hidden fields={filter} />
      <Field name="address" label="Address">
        <input id="address" name="address" required />
      </Field>
      <Field name="reason" label="Reason, in your words">
        <input id="reason" name="reason" />
      </Field>
      <Field name="days" label="For how many days" hint="Empty: until somebody takes it off.">
        <input id="days" name="days" type="number" min="1" max="3650" aria-describedby="days-hint" />
      </Field>
      <button type="submit">Add to the list</button>
    </form>
  );
}

function Import({ filter }: { filter: Filter }) {
  return (
    <form method="post" action={`${HERE}/import`} enctype="multipart/form-data" class="card form">
      <h2>Import a CSV file</h2>
      <Hidden fields={filter} />
      <Field
        name="file"
        label="File"
        hint="The first line names the columns: address (or email), and if you like reason, source and expires_ts."
      >
        <input id="file" name="file" type="file" accept=".csv,text/csv" required aria-describedby="file-hint" />
      </Field>
      <button type="submit">Import</button>
    </form>
  );
}
