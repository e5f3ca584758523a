/** What a form over one of the API's inputs is made of: each field once, from which it is shown, read and told what is wrong. */

export type ChoiceValue = string | number | boolean | null;

export type Input =
  /** One line; empty takes the field back to its default. */
  | { kind: "text"; isRequired?: true }
  | { kind: "number" }
  /** Never shown: empty keeps what there is, and a tick beside it clears it. */
  | { kind: "secret" }
  | { kind: "flag" }
  | { kind: "choice"; options: readonly (readonly [value: ChoiceValue, words: string])[] }
  /** Text of many lines. */
  | { kind: "block" }
  /** A list, one a line. */
  | { kind: "lines" }
  /** A list of numbers, with commas between them. */
  | { kind: "numbers" }
  /** Names and secrets, a pair a line: what is not named is kept, a name alone is taken away. */
  | { kind: "pairs" };

export interface FieldSpec {
  /** The API's, with a dot where it stands in another field. */
  name: string;
  label: string;
  hint?: string;
  input: Input;
}

export interface Group {
  title: string;
  fields: readonly FieldSpec[];
}

/** What a form shows: what was typed, or what is stored. */
export interface FormState {
  /** By field; secrets have none. */
  typed: Readonly<Record<string, string>>;
  /** Secrets that are stored. */
  kept: ReadonlySet<string>;
  faults: Faults;
}

export interface Faults {
  /** By field, in the API's words. */
  byField: Readonly<Record<string, string>>;
  /** What is wrong with no field of the form. */
  others: readonly string[];
}

export const NO_FAULTS: Faults = { byField: {}, others: [] };

/** Refused as it stands: RFC 9110 15.5.21. */
export function statusOf({ faults: { byField, others } }: FormState): 200 | 422 {
  return Object.keys(byField).length + others.length === 0 ? 200 : 422;
}

export function fieldsOf(groups: readonly Group[]): FieldSpec[] {
  return groups.flatMap(({ fields }) => fields);
}

/** A choice between yes, no and what holds where nothing is said. */
export function yesNo(unset: string): Input {
  return {
    kind: "choice",
    options: [
      [null, unset],
      [true, "Yes"],
      [false, "No"],
    ],
  };
}

/** How a choice stands in a form. */
export function choiceText(value: ChoiceValue): string {
  return value === null ? "" : String(value);
}
