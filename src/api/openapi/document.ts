/**
 * The API's document, OpenAPI 3.1, out of the same schemas that validate requests.
 *
 * 1. Schemas become JSON Schema (json-schema.ts), their fields get words (words.ts).
 * 2. Each described route becomes an operation: parameters, body, answers, failures.
 * 3. Around them: tokens, chapters, what failures have in common.
 */
import * as v from "valibot";
import { failureResponses, failuresOf, HEADERS, REQUEST_ID } from "./failures.ts";
import { type Converted, convert, type JsonSchema, reference } from "./json-schema.ts";
import { nameOf } from "./named.ts";
import { isText, type Operation, TAGS } from "./operation.ts";
import { OPERATIONS } from "./operations.ts";
import { ABOUT, PARAMETERS } from "./words.ts";

export interface OpenApi {
  openapi: string;
  info: object;
  servers: object[];
  tags: object[];
  paths: Record<string, Record<string, OpenApiOperation>>;
  components: { schemas: Record<string, JsonSchema>; [kind: string]: object };
}

export interface OpenApiOperation {
  operationId: string;
  tags: string[];
  summary: string;
  description?: string;
  security: object[];
  parameters: Parameter[];
  requestBody?: { required: boolean; content: Record<string, { schema: object; examples?: object }> };
  responses: Record<string, object>;
}

export interface Parameter {
  name: string;
  in: "path" | "query";
  required: boolean;
  description?: string;
  schema: JsonSchema;
}

export function openApi(version: string): OpenApi {
  const queries = Object.values(OPERATIONS).flatMap(({ query }) => (query === undefined ? [] : [query]));
  const converted = convert(new Set(queries));
  const paths: OpenApi["paths"] = {};
  for (const [route, operation] of Object.entries(OPERATIONS)) {
    const [method = "", path = ""] = route.split(" ");
    const template = path.replace(/:(\w+)(\{[^}]*\})?/g, "{$1}");
    paths[template] = { ...paths[template], [method.toLowerCase()]: described(route, operation, converted) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "mail-proxy",
      version,
      description: ABOUT,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    // Beside the document itself, wherever a proxy in front may have put it.
    servers: [{ url: "." }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: converted.components,
      responses: failureResponses(),
      headers: HEADERS,
      securitySchemes: {
        token: {
          type: "apiKey",
          in: "header",
          name: "X-API-Token",
          description: "The admin's token, or a tenant's key.",
        },
        bearer: { type: "http", scheme: "bearer", description: "The same, as `Authorization: Bearer`." },
      },
    },
  };
}

function described(route: string, operation: Operation, converted: Converted): OpenApiOperation {
  const { id, tag, summary, description, opens } = operation;
  const only = opens === "admin" ? "Admin only." : undefined;
  const words = [description, only].filter((text) => text !== undefined).join(" ");
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(words === "" ? {} : { description: words }),
    security: opens === "anybody" ? [] : [{ token: [] }, { bearer: [] }],
    parameters: [...pathParameters(route), ...queryParameters(operation, converted)],
    ...bodyOf(operation),
    responses: {
      200: success(operation),
      ...mapped(operation.also ?? {}, (description) => ({ description, headers: REQUEST_ID })),
      ...Object.fromEntries(
        failuresOf(route, operation).map((status) => [status, { $ref: `#/components/responses/Failure${status}` }]),
      ),
    },
  };
}

function pathParameters(route: string): Parameter[] {
  return [...route.matchAll(/:(\w+)(?:\{([^}]*)\})?/g)].map(([, name = "", pattern]) => ({
    name,
    in: "path",
    required: true,
    description: PARAMETERS[name] ?? "",
    schema: { type: "string", ...(pattern === undefined ? {} : { pattern: `^${pattern}$` }) },
  }));
}

function queryParameters({ query }: Operation, { queries }: Converted): Parameter[] {
  const { properties = {}, required = [] } = (query && queries.get(query)) ?? {};
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: "query",
    required: required.includes(name),
    description: PARAMETERS[name] ?? "",
    schema: typeof schema === "boolean" ? {} : schema,
  }));
}

function bodyOf({ body, orBody, examples = {} }: Operation): Pick<OpenApiOperation, "requestBody"> {
  if (body === undefined)
    return orBody === undefined ? {} : { requestBody: { required: true, content: asText(orBody) } };
  const shown = mapped(examples, (value) => ({ value }));
  return {
    requestBody: {
      required: !v.is(body, {}), // no body at all stands for an empty object
      content: { "application/json": { schema: reference(nameOf(body)), examples: shown }, ...asText(orBody) },
    },
  };
}

function mapped<T, U>(values: Record<string, T>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));
}

function asText(mediaType: string | undefined): Record<string, { schema: JsonSchema }> {
  return mediaType === undefined ? {} : { [mediaType]: { schema: {} } };
}

function success({ answers, orAnswers, summary }: Operation): object {
  if (isText(answers)) {
    const { mediaType, description } = answers;
    return { description, headers: REQUEST_ID, content: { [mediaType]: {} } };
  }
  return {
    description: summary,
    headers: REQUEST_ID,
    content: { "application/json": { schema: reference(nameOf(answers)) }, ...asText(orAnswers) },
  };
}
