/** A moment in a form that filters; in UTC, which its label says. */
import { Field } from "./field.tsx";

/** As browsers show one. */
const SHOWN = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/;

/** What came with the address may be written otherwise, and is to be seen all the same. */
export function Moment({ name, label, value }: { name: string; label: string; value: string }) {
  const isShown = value === "" || SHOWN.test(value);
  return (
    <Field name={name} label={label}>
      <input id={name} name={name} type={isShown ? "datetime-local" : "text"} value={value} />
    </Field>
  );
}
