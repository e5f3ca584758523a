/** The fields of a form, in groups, each with its hint and with what was wrong with it. */
import type { Child } from "hono/jsx";
import { described, Field, Remarks } from "../parts/field.tsx";
import { clearName } from "./read.ts";
import { choiceText, type FieldSpec, type FormState, type Group } from "./spec.ts";

export function FormFields({ groups, state }: { groups: readonly Group[]; state: FormState }) {
  return (
    <>
      <Refused state={state} />
      {groups.map(({ title, fields }) => (
        <fieldset class="group">
          <legend>{title}</legend>
          <div class="fields">
            {fields.map((spec) => (
              <OneField spec={spec} state={state} />
            ))}
          </div>
        </fieldset>
      ))}
    </>
  );
}

function Refused({ state: { faults } }: { state: FormState }) {
  const count = Object.keys(faults.byField).length;
  if (count === 0 && faults.others.length === 0) return null;
  return (
    <div class="notice failed" role="alert">
      <p>
        Nothing was saved{count > 0 && `: ${count === 1 ? "one field is" : `${count} fields are`} not right, see below`}
        . Secrets have to be put in again.
      </p>
      {faults.others.map((fault) => (
        <p>{fault}</p>
      ))}
    </div>
  );
}

function OneField({ spec, state }: { spec: FieldSpec; state: FormState }) {
  const { name, label, hint, input } = spec;
  const fault = state.faults.byField[name];
  if (input.kind === "flag") return <Flag spec={spec} isOn={(state.typed[name] ?? "") !== ""} fault={fault} />;
  return (
    <Field name={name} label={label} hint={hint} fault={fault}>
      {control(spec, state)}
      {input.kind === "secret" && state.kept.has(name) && <Clear name={name} label={label} />}
    </Field>
  );
}

function control({ name, hint, input }: FieldSpec, { typed, kept, faults }: FormState): Child {
  const fault = faults.byField[name];
  const text = typed[name] ?? "";
  const common = { id: name, name, ...described({ name, hint, fault }) };
  switch (input.kind) {
    case "choice":
      return (
        <select {...common}>
          {input.options.map(([value, words]) => (
            <option value={choiceText(value)} selected={choiceText(value) === text}>
              {words}
            </option>
          ))}
        </select>
      );
    case "lines":
    case "block":
    case "pairs":
      return (
        <textarea {...common} rows={3} spellcheck={false}>
          {text}
        </textarea>
      );
    case "secret":
      return (
        <input
          {...common}
          type="password"
          autocomplete="new-password"
          placeholder={kept.has(name) ? "stored, not shown" : undefined}
        />
      );
    case "number":
      return <input {...common} inputmode="numeric" value={text} autocomplete="off" />;
    default:
      return <input {...common} value={text} autocomplete="off" spellcheck={false} />;
  }
}

function Flag({ spec, isOn, fault }: { spec: FieldSpec; isOn: boolean; fault: string | undefined }) {
  const { name, label, hint } = spec;
  return (
    <div class="field">
      <label class="tick">
        <input
          type="checkbox"
          id={name}
          name={name}
          value="true"
          checked={isOn}
          {...described({ name, hint, fault })}
        />{" "}
        {label}
      </label>
      <Remarks name={name} hint={hint} fault={fault} />
    </div>
  );
}

function Clear({ name, label }: { name: string; label: string }) {
  return (
    <label class="tick">
      <input type="checkbox" name={clearName(name)} value="true" /> Take away the stored one{" "}
      <span class="soft">({label})</span>
    </label>
  );
}
