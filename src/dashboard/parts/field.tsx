/** One field of a form: its name, what is put in, a hint, and what was wrong with it. */
import type { Child } from "hono/jsx";

interface Said {
  name: string;
  hint?: Child;
  fault?: string | undefined;
}

interface FieldProps extends Said {
  label: string;
  /** The input, whose id is the name. */
  children?: Child;
}

export function Field({ name, label, hint, fault, children }: FieldProps) {
  return (
    <div class="field">
      <label for={name}>{label}</label>
      {children}
      <Remarks name={name} hint={hint} fault={fault} />
    </div>
  );
}

/** What is said of a field below it. */
export function Remarks({ name, hint, fault }: Said) {
  return (
    <>
      {hint !== undefined && (
        <p class="hint" id={`${name}-hint`}>
          {hint}
        </p>
      )}
      {fault !== undefined && (
        <p class="failed" id={`${name}-fault`}>
          {fault}
        </p>
      )}
    </>
  );
}

/** Of its input: that a screen reader reads the remarks with it. */
export function described({ name, hint, fault }: Said) {
  const ids = [hint !== undefined && `${name}-hint`, fault !== undefined && `${name}-fault`].filter(Boolean);
  return {
    "aria-describedby": ids.length > 0 ? ids.join(" ") : undefined,
    "aria-invalid": fault === undefined ? undefined : ("true" as const),
  };
}
