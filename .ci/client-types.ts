/** The types of the client as they are published: written out of the API's document, so that they need no schemas. */
import type { OpenApi, OpenApiOperation, Parameter } from "../src/api/openapi/document.ts";
import type { JsonSchema } from "../src/api/openapi/json-schema.ts";

const HEAD = "/** What the API takes and answers. Generated; every word of it comes from the proxy's own schemas. */\n";

/** `names` are what the client exports, components of the document and queries of its operations. */
export function clientTypes(document: OpenApi, names: readonly string[]): string {
  const { schemas } = document.components;
  const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
  const named = reached(names, schemas).map((name) => declared(name, schemas[name] ?? {}));
  const queries = operations.filter((operation) => names.includes(queryName(operation))).map(queryOf);
  return [HEAD, ...named, ...queries].join("\n");
}

/** The components that these names lead to, in the order of the document. */
function reached(names: readonly string[], schemas: Record<string, JsonSchema>): string[] {
  // Moments stand in query strings, too.
  const found = new Set<string>([...names, "Moment"]);
  const follow = (value: unknown): void => {
    for (const [, name = ""] of JSON.stringify(value).matchAll(/#\/components\/schemas\/(\w+)/g)) {
      if (found.has(name)) continue;
      found.add(name);
      follow(schemas[name]);
    }
  };
  for (const name of names) follow(schemas[name] ?? {});
  return Object.keys(schemas).filter((name) => found.has(name));
}

function declared(name: string, schema: JsonSchema): string {
  return `${comment(schema.description, "")}export type ${name} = ${typeOf(schema, "")};\n`;
}

function queryName({ operationId }: OpenApiOperation): string {
  return `${operationId.charAt(0).toUpperCase()}${operationId.slice(1)}Query`;
}

function queryOf(operation: OpenApiOperation): string {
  const fields = operation.parameters.filter((parameter) => parameter.in === "query");
  const lines = fields.map((field) => {
    const type = queryType(field);
    return `${comment(field.description, "  ")}  ${field.name}${field.required ? `: ${type}` : `?: ${type} | undefined`};\n`;
  });
  return `export type ${queryName(operation)} = {\n${lines.join("")}};\n`;
}

/** Flags are texts in a query string. */
function queryType({ schema }: Parameter): string {
  return schema.enum?.includes("true") ? "boolean" : typeOf(schema, "  ");
}

function typeOf(schema: JsonSchema, indent: string): string {
  if (schema.$ref !== undefined) return schema.$ref.split("/").at(-1) ?? "unknown";
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.anyOf !== undefined) return schema.anyOf.map((one) => inner(one, indent)).join(" | ");
  if (schema.type === "array") return `Array<${inner(schema.items, indent)}>`;
  if (schema.type === "object") return objectType(schema, indent);
  if (schema.type === "integer" || schema.type === "number") return "number";
  return typeof schema.type === "string" ? schema.type : "unknown";
}

function inner(schema: JsonSchema["items"], indent: string): string {
  return typeof schema === "object" && !Array.isArray(schema) ? typeOf(schema, indent) : "unknown";
}

function objectType({ properties, required = [], additionalProperties }: JsonSchema, indent: string): string {
  if (properties === undefined) return `{ [name: string]: ${inner(additionalProperties, indent)} }`;
  const deeper = `${indent}  `;
  const fields = Object.entries(properties).map(([name, schema]) => {
    const type = inner(schema, deeper);
    const words = typeof schema === "boolean" ? undefined : schema.description;
    const isOptional = !required.includes(name);
    return `${comment(words, deeper)}${deeper}${name}${isOptional ? "?" : ""}: ${type}${isOptional ? " | undefined" : ""};\n`;
  });
  return `{\n${fields.join("")}${indent}}`;
}

function comment(words: string | undefined, indent: string): string {
  return words === undefined || words === "" ? "" : `${indent}/** ${words.replaceAll("*/", "* /")} */\n`;
}
