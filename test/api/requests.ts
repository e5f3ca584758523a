/** Requests made out of the document of the API: as it says, nearly as it says, and hostile. */
import fc from "fast-check";
import type { OpenApiOperation, Parameter } from "../../src/api/openapi/document.ts";
import type { JsonSchema } from "../../src/api/openapi/json-schema.ts";
import { DOCUMENT } from "./declared.ts";

export interface GeneratedRequest {
  method: string;
  /** Path and query string, percent-encoded as far as they are. */
  target: string;
  body: string | undefined;
  type: string;
  caller: "admin" | "key" | "foreign" | "nobody" | "stranger";
}

/** Ids that there are, so that calls find something. */
export const KNOWN_IDS = ["acme", "other", "default", "m1", "m2", "b1"];

const address = fc.constantFrom("you@example.net", "You <you@example.net>", "ü@exämple.net", "nobody", "a@b, c@d");
/** What the schema alone cannot say. */
const MEANT: Record<string, fc.Arbitrary<unknown>> = {
  Mailbox: address,
  MailboxText: address,
  BareAddress: address,
  Mailboxes: fc.oneof(address, fc.array(address, { maxLength: 3 })),
  Moment: fc.oneof(
    fc.integer({ min: 0, max: 4_102_444_800 }),
    fc.constantFrom("2099-01-01", "2000-01-01T00:00:00Z", "x"),
  ),
};

/** Whatever stands there is connected to, sooner or later: a place that refuses, and not somebody else's. */
const PLACES: Record<string, fc.Arbitrary<unknown>> = {
  host: fc.constant("127.0.0.1"),
  port: fc.constant(1),
  client_base_url: fc.constant("http://127.0.0.1:1"),
  client_sync_url: fc.constant("http://127.0.0.1:1/sync"),
  client_attachment_url: fc.constant("http://127.0.0.1:1/attachments"),
};

const nasty = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.constantFrom(
    "",
    "\0",
    "\r\nX: y",
    "\u202e",
    "\ud800",
    "😀".repeat(200),
    "a".repeat(70_000),
    "../..",
    "%00",
    "' or 1=1 --",
  ),
);

/** Values that fit the schema, as far as it says. */
export function fitting(schema: JsonSchema | boolean | undefined): fc.Arbitrary<unknown> {
  if (schema === undefined || typeof schema === "boolean") return fc.jsonValue({ maxDepth: 2 });
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split("/").at(-1) ?? "";
    return MEANT[name] ?? fitting(DOCUMENT.components.schemas[name]);
  }
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(fitting));
  switch (schema.type) {
    case "string":
      return text(schema);
    case "integer":
      return fc.integer({ min: schema.minimum ?? -1_000, max: schema.maximum ?? 1_000_000 });
    case "number":
      return fc.double({ min: schema.minimum ?? -1_000, max: schema.maximum ?? 1_000_000, noNaN: true });
    case "boolean":
      return fc.boolean();
    case "array":
      return fc.array(fitting(Array.isArray(schema.items) ? undefined : schema.items), { maxLength: 4 });
    case "object":
      return object(schema);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

function text({ minLength = 0, maxLength = 60, pattern }: JsonSchema): fc.Arbitrary<string> {
  const free = fc.string({ minLength, maxLength: Math.max(minLength, Math.min(maxLength, 60)) });
  const known = fc.constantFrom(...KNOWN_IDS);
  return pattern === undefined ? fc.oneof(known, free) : fc.stringMatching(new RegExp(pattern));
}

function object({ properties, required = [], additionalProperties }: JsonSchema): fc.Arbitrary<unknown> {
  if (properties === undefined)
    return fc.dictionary(fc.string({ maxLength: 20 }), fitting(additionalProperties), { maxKeys: 4 });
  const fields = Object.fromEntries(
    Object.entries(properties).map(([name, field]) => [name, PLACES[name] ?? fitting(field)]),
  );
  return fc.record(fields, { requiredKeys: required });
}

/** A value that fits but for one thing, or that has nothing to do with the schema. */
function hostile(schema: JsonSchema): fc.Arbitrary<unknown> {
  const anything = fc.oneof(fc.jsonValue({ maxDepth: 4 }), nasty, fc.constantFrom(1e308, -0, 2 ** 53, [], {}));
  const spoiled = fc
    .tuple(fitting(schema), fc.nat(), fc.constantFrom("drop", "add", "replace"), anything, nasty)
    .map(([value, at, how, other, name]) => spoil(value, at, how, other, name));
  return fc.oneof(spoiled, spoiled, anything);
}

function spoil(value: unknown, at: number, how: string, other: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return other;
  if (Array.isArray(value)) return [...value, other];
  const fields = Object.entries(value);
  if (how === "add" || fields.length === 0) return { ...value, [name]: other };
  const chosen = at % fields.length;
  const [field, inner] = fields[chosen] as [string, unknown];
  if (how === "drop") return Object.fromEntries(fields.filter((_, position) => position !== chosen));
  // As deep as there is something to go down into.
  const deeper = typeof inner === "object" && inner !== null && at % 3 > 0;
  return { ...value, [field]: deeper ? spoil(inner, at >> 2, how, other, name) : other };
}

function bodyOf({ requestBody }: OpenApiOperation): fc.Arbitrary<string | undefined> {
  const raw = fc.oneof(nasty, fc.constantFrom("{", "null", "[]", "\ufeff{}", '{"a":1}{"b":2}'));
  const schema = requestBody?.content["application/json"]?.schema;
  if (schema === undefined)
    return fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: raw });
  const fits = fitting(schema).map((value) => JSON.stringify(value));
  const spoiled = hostile(schema).map((value) => JSON.stringify(value));
  return fc.oneof({ weight: 6, arbitrary: fits }, { weight: 6, arbitrary: spoiled }, { weight: 1, arbitrary: raw });
}

function parameterOf({ name, schema }: Parameter): fc.Arbitrary<[string, string]> {
  const value = fc.oneof({ weight: 4, arbitrary: fitting(schema) }, { weight: 1, arbitrary: nasty });
  return value.map((given) => [name, typeof given === "string" ? given : JSON.stringify(given)]);
}

function targetOf(path: string, { parameters }: OpenApiOperation): fc.Arbitrary<string> {
  const inPath = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...KNOWN_IDS) },
    { weight: 2, arbitrary: nasty.map(encoded) },
    { weight: 1, arbitrary: fc.constantFrom("%zz", "%00", "..%2f..", "%ff", "%F0%9F", "*", ";", "@") },
  );
  const inQuery = parameters.filter((parameter) => parameter.in === "query").map(parameterOf);
  const known = inQuery.length === 0 ? fc.constant([]) : fc.array(fc.oneof(...inQuery), { maxLength: 4 });
  const unknown = fc.array(fc.tuple(nasty, nasty), { maxLength: 1 });
  const rarely = fc.oneof({ weight: 9, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: unknown });
  const filled = path.split("/").map((part) => (part.startsWith("{") ? inPath : fc.constant(part)));
  return fc.tuple(fc.tuple(...filled), known, rarely).map(([parts, query, more]) => {
    const pairs = [...query, ...more].map(([name, value]) => `${encoded(name)}=${encoded(value)}`);
    return parts.join("/") + (pairs.length > 0 ? `?${pairs.join("&")}` : "");
  });
}

/** Half of a surrogate pair has no UTF-8, and so no percent-encoding. */
function encoded(text: string): string {
  return encodeURIComponent(text.slice(0, 2_000).toWellFormed());
}

/** A call of any operation. */
export function requests(): fc.Arbitrary<GeneratedRequest> {
  const all = Object.entries(DOCUMENT.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) =>
      fc.record<GeneratedRequest>({
        method: fc.constant(method.toUpperCase()),
        target: targetOf(path, operation),
        body: bodyOf(operation),
        type: fc.oneof(
          { weight: 12, arbitrary: fc.constant("application/json") },
          { weight: 1, arbitrary: fc.constantFrom("text/plain", "application/json; charset=latin1", "") },
        ),
        caller: fc.constantFrom("admin", "admin", "key", "key", "foreign", "nobody", "stranger"),
      }),
    ),
  );
  return fc.oneof(...all);
}
