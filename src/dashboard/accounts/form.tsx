/** The form of an account, new or known. */
import { Buttons } from "../forms/buttons.tsx";
import { FormFields } from "../forms/fields.tsx";
import { NameField } from "../forms/name.tsx";
import type { FormState } from "../forms/spec.ts";
import { Field } from "../parts/field.tsx";
import { ACCOUNT_GROUPS } from "./fields.ts";
import { type AccountName, HERE, hrefOf } from "./links.ts";

export function EditAccount({ account, state }: { account: AccountName; state: FormState }) {
  const here = hrefOf(account);
  return (
    <>
      <h1>Edit account {account.id}</h1>
      <p class="hint">
        Saving opens its connections anew and ends a pause after a fault. Secrets are never shown: what is left empty
        stays as it is.
      </p>
      <form method="post" action={`${here}/edit`} class="editor">
        <FormFields groups={ACCOUNT_GROUPS} state={state} />
        <Buttons back={here} words="Save" />
      </form>
    </>
  );
}

interface AddProps {
  account: AccountName;
  /** Those to choose from; none for a tenant's key, which has its own. */
  tenants: readonly string[];
  state: FormState;
}

export function AddAccount({ account: { tenant_id, id }, tenants, state }: AddProps) {
  const { byField } = state.faults;
  return (
    <>
      <h1>Add an account</h1>
      <form method="post" action={`${HERE}/new`} class="editor">
        {tenants.length > 0 && (
          <Field name="tenant_id" label="Tenant" fault={byField.tenant_id}>
            <select id="tenant_id" name="tenant_id">
              {tenants.map((one) => (
                <option value={one} selected={one === tenant_id}>
                  {one}
                </option>
              ))}
            </select>
          </Field>
        )}
        <NameField
          id={id}
          hint="What messages call it (account_id); default is taken by those that name none."
          fault={byField.id}
        />
        <FormFields groups={ACCOUNT_GROUPS} state={state} />
        <Buttons back={HERE} words="Add the account" />
      </form>
    </>
  );
}
