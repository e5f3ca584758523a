/** Holds what comes in against a schema and says of every fault where it stands and what is wrong, without repeating values. */
import type { Context, MiddlewareHandler } from "hono";
import * as v from "valibot";
import { AppError, type Detail } from "../errors.ts";
import type { Env } from "./env.ts";

/** More faults than this help nobody. */
const MOST_DETAILS = 50;

type Issue = v.BaseIssue<unknown>;

/** What `c.req.valid(target)` has behind a validator. */
interface Valid<T extends Target, S extends v.GenericSchema> {
  in: Record<T, v.InferInput<S>>;
  out: Record<T, v.InferOutput<S>>;
}
type Target = "json" | "query";

/**
 * A handler that lets only what fits the schema pass; `c.req.valid(target)` then has it. Behind `jsonBody` for a body.
 * One turn of Valibot and no promise, since every message taken in passes two of these. The schema
 * stands on it, so that a test can hold the document of the API against what is really checked.
 */
export function validated<T extends Target, S extends v.GenericSchema>(target: T, schema: S) {
  const handler: MiddlewareHandler<Env, string, Valid<T, S>> = (c, next) => {
    const given = target === "json" ? c.get("payload") : queryOf(c);
    if (Array.isArray(given) && !takesArray(schema)) throw notAnObject(); // Valibot takes one for an object without fields
    const { success, output, issues } = v.safeParse(schema, given);
    if (!success) throw invalid(issues);
    c.req.addValidatedData(target, output as object);
    return next();
  };
  return Object.assign(handler, { checks: { target, schema } });
}

function takesArray(schema: v.GenericSchema): boolean {
  if (schema.type === "array") return true;
  return "options" in schema && Array.isArray(schema.options) && schema.options.some(takesArray);
}

/** Every parameter once; a repeated one is a list, which no schema of ours takes. */
export function queryOf(c: Context<Env>): Record<string, string | string[]> {
  if (!c.req.url.includes("?")) return {};
  return Object.fromEntries(
    Object.entries(c.req.queries()).map(([name, values]) => [name, values.length === 1 ? values[0]! : values]),
  );
}

/** Every fault in one error. */
export function invalid(issues: readonly Issue[]): AppError {
  return unfit(detailsOf(issues));
}

/** The same, of faults that were found before. */
export function unfit(details: Detail[]): AppError {
  return new AppError("validation_failed", inWords(details), { details });
}

export function detailsOf(issues: readonly Issue[]): Detail[] {
  return issues.slice(0, MOST_DETAILS).map(detail);
}

function notAnObject(): AppError {
  return new AppError("validation_failed", "the body must be an object", {
    details: [{ path: "", message: "must be an object" }],
  });
}

/** One fault on its own, found outside a schema. */
export function invalidField(path: string, message: string): AppError {
  return new AppError("validation_failed", path === "" ? message : `${path} ${message}`, {
    details: [{ path, message }],
  });
}

/** The faults of one message of a batch, on one line. */
export function faultsOf(issues: readonly Issue[]): string {
  return inWords(issues.slice(0, 3).map(detail));
}

export function inWords(details: readonly Detail[]): string {
  return details.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`)).join("; ");
}

function detail(issue: Issue): Detail {
  return { path: pathOf(issue), message: fault(issue) };
}

/** `messages[0].to` */
function pathOf({ path }: Issue): string {
  let text = "";
  for (const { key } of path ?? []) {
    if (typeof key === "number") text += `[${key}]`;
    else text += text === "" ? shown(key) : `.${shown(key)}`;
  }
  return text;
}

function shown(key: unknown): string {
  const name = String(key);
  return name.length > 80 ? `${name.slice(0, 80)}...` : name;
}

/** Valibot's own texts repeat what was received, which may be a secret; its custom ones are ours. */
function fault(issue: Issue): string {
  if (!issue.message.startsWith("Invalid ")) return issue.message;
  if (issue.expected === "never") return "unknown field";
  if (issue.received === "undefined") return "is required";
  return issue.expected === null ? "is not valid" : `must be ${expectedWords(issue.expected)}`;
}

const WORDS: Record<string, string> = {
  string: "text",
  number: "a number",
  boolean: "true or false",
  Object: "an object",
  Array: "an array",
};

function expectedWords(expected: string): string {
  return WORDS[expected] ?? expected.replace(/^\((.*)\)$/, "$1").replaceAll(" | ", " or ");
}
