/** The name of a new thing, which it keeps. */
import { described, Field } from "../parts/field.tsx";

interface NameProps {
  id: string;
  hint: string;
  fault: string | undefined;
}

export function NameField({ id, hint, fault }: NameProps) {
  return (
    <Field name="id" label="Name" hint={hint} fault={fault}>
      <input
        id="id"
        name="id"
        value={id}
        required
        maxlength={255}
        autocomplete="off"
        {...described({ name: "id", hint, fault })}
      />
    </Field>
  );
}
