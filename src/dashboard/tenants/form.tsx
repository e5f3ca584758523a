/** The form of a tenant, new or known. */
import { Buttons } from "../forms/buttons.tsx";
import { FormFields } from "../forms/fields.tsx";
import { NameField } from "../forms/name.tsx";
import type { FormState, Group } from "../forms/spec.ts";
import { ALL_GROUPS } from "./fields.ts";
import { HERE, hrefOf } from "./links.ts";

export function EditTenant({ id, groups, state }: { id: string; groups: readonly Group[]; state: FormState }) {
  const here = hrefOf(id);
  return (
    <>
      <h1>Edit tenant {id}</h1>
      <p class="hint">Secrets are never shown: what is left empty stays as it is.</p>
      <form method="post" action={`${here}/edit`} class="editor">
        <FormFields groups={groups} state={state} />
        <Buttons back={here} words="Save" />
      </form>
    </>
  );
}

export function AddTenant({ id, state }: { id: string; state: FormState }) {
  return (
    <>
      <h1>Add a tenant</h1>
      <form method="post" action={`${HERE}/add`} class="editor">
        <NameField id={id} hint="What calls call it (tenant_id)." fault={state.faults.byField.id} />
        <FormFields groups={ALL_GROUPS} state={state} />
        <Buttons back={HERE} words="Add the tenant" />
      </form>
    </>
  );
}
