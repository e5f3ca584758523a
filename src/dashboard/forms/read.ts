/** From what was typed into a form to what the API is asked for. It says what is wrong with it: here nothing is checked. */
import { MailProxyError } from "../../client/error.ts";
import { type ChoiceValue, choiceText, type Faults, type FieldSpec, type Input } from "./spec.ts";

/** The name of the tick that clears a secret. */
export function clearName(name: string): string {
  return `clear.${name}`;
}

/** The body of the call; fields that keep what is stored are absent. */
export function bodyOf(form: FormData, specs: readonly FieldSpec[]): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const { name, input } of specs) {
    const raw = textIn(form, name);
    // A space may be part of a secret.
    const value = askedValue(input.kind === "secret" ? raw : raw.trim(), input, form.has(clearName(name)));
    if (value === undefined) continue;
    const [outer = name, inner] = name.split(".", 2);
    body[outer] = inner === undefined ? value : { ...objectIn(body[outer]), [inner]: value };
  }
  return body;
}

/** The fields in which a form differs from what is stored. What nobody touched is not sent: it may be another's change, or written otherwise. */
export function changedFields(
  form: FormData,
  specs: readonly FieldSpec[],
  stored: Readonly<Record<string, string>>,
): FieldSpec[] {
  const isSame = (typed: string, kept: string) => linesIn(typed).join("\n") === linesIn(kept).join("\n");
  return specs.filter(({ name, input }) => {
    if (input.kind === "secret") return true;
    return !isSame(textIn(form, name), stored[name] ?? "");
  });
}

/** What was typed, to be shown again; of secrets nothing. */
export function typedIn(form: FormData, specs: readonly FieldSpec[]): Record<string, string> {
  const shown = specs.filter(({ input }) => input.kind !== "secret" && input.kind !== "pairs");
  return Object.fromEntries(shown.map(({ name }) => [name, textIn(form, name).trim()]));
}

/** The API's complaints, each beside its field. Throws on what is no complaint of the API's. */
export function faultsOf(error: unknown, specs: readonly FieldSpec[]): Faults {
  if (!(error instanceof MailProxyError) || error.status === 0) throw error;
  const byField: Record<string, string> = {};
  const others: string[] = [];
  for (const { path, message } of error.details) {
    const field = specs.find(({ name }) => path === name || path.startsWith(`${name}[`) || path.startsWith(`${name}.`));
    if (field === undefined) others.push(`${path} ${message}`);
    else byField[field.name] ??= path === field.name ? message : `${path.slice(field.name.length)} ${message}`;
  }
  return { byField, others: error.details.length === 0 ? [error.message] : others };
}

function askedValue(text: string, input: Input, isCleared: boolean): unknown {
  switch (input.kind) {
    case "secret":
      return text === "" ? (isCleared ? null : undefined) : text;
    case "flag":
      return text !== "";
    case "choice":
      return chosen(text, input.options);
    case "number":
      return text === "" ? null : numberIn(text);
    case "numbers":
      return text === ""
        ? null
        : text
            .split(/[\s,]+/)
            .filter(Boolean)
            .map(numberIn);
    case "lines":
      return text === "" ? null : linesIn(text);
    case "pairs":
      return text === "" ? undefined : Object.fromEntries(linesIn(text).map(pairIn));
    case "text":
      return text === "" && input.isRequired !== true ? null : text;
    case "block":
      return text === "" ? null : text;
  }
}

function textIn(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === "string" ? value : "";
}

/** Where nothing was chosen, what the field is by itself. */
function chosen(text: string, options: readonly (readonly [ChoiceValue, string])[]): ChoiceValue | undefined {
  const option = options.find(([value]) => choiceText(value) === text);
  return option === undefined ? text || undefined : option[0];
}

/** What is none is left to the API, which says so. */
function numberIn(text: string): number | string {
  const value = Number(text);
  return Number.isFinite(value) ? value : text;
}

function linesIn(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

function pairIn(line: string): [name: string, value: string | null] {
  const [name = line, ...rest] = line.split(/[\s=]+/);
  return [name, rest.length === 0 ? null : line.slice(name.length).replace(/^[\s=]+/, "")];
}

function objectIn(value: unknown): object {
  return typeof value === "object" && value !== null ? value : {};
}
