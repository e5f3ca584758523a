/** The document of the API: it knows every route, says what really is checked, and explains itself. */
import type { RouterRoute } from "hono/types";
import { findTargetHandler } from "hono/utils/handler";
import * as v from "valibot";
import { expect, test } from "vitest";
import { ALIASES } from "../../src/api/aliases.ts";
import type { JsonSchema } from "../../src/api/openapi/json-schema.ts";
import { OPERATIONS } from "../../src/api/openapi/operations.ts";
import { checkAnswer, DOCUMENT, faultAt, pointer } from "./declared.ts";
import { testApi } from "./support.ts";

/** Every route of the API in the sandbox, where there are most of them, middleware left aside. */
async function routes(): Promise<RouterRoute[]> {
  const { app } = await testApi({}, true);
  return app.routes.filter(({ method }) => method !== "ALL" && method !== "OPTIONS");
}

/** The schemas that a route's validators check, by where they look. */
function checksOf(all: readonly RouterRoute[], route: string): Record<string, unknown> {
  const handlers = all.filter(({ method, path }) => `${method} ${path}` === route);
  const checks = handlers.flatMap(({ handler }): object[] => {
    const validator = findTargetHandler(handler);
    return "checks" in validator ? [validator.checks as object] : [];
  });
  return Object.fromEntries(checks.map((check) => [Reflect.get(check, "target"), Reflect.get(check, "schema")]));
}

test("every route is described, and nothing that is no route", async () => {
  const served = new Set((await routes()).map(({ method, path }) => `${method} ${path}`));
  for (const { at } of ALIASES) served.add(at); // served by a middleware
  expect(Object.keys(OPERATIONS).sort()).toEqual([...served].sort());
});

test("a route is described by the very schemas that check its requests", async () => {
  const all = await routes();
  for (const [route, { query, body, tag }] of Object.entries(OPERATIONS)) {
    if (tag === "Aliases") continue; // checked by the route behind
    const checks = checksOf(all, route);
    expect(checks.query === query, `query of ${route}`).toBe(true);
    expect(checks.json === body, `body of ${route}`).toBe(true);
  }
});

test("every example of a body is taken as it stands, and fits what is said of bodies", () => {
  for (const [route, { tag, body, examples = {} }] of Object.entries(OPERATIONS)) {
    if (body !== undefined && tag !== "Aliases") expect(Object.keys(examples), route).not.toEqual([]);
    for (const [name, example] of Object.entries(examples)) {
      expect(v.safeParse(body!, example).issues, `${route}: ${name}`).toBeUndefined();
      const [method = "", path = ""] = route.split(" ");
      const template = path.replace(/:(\w+)/g, "{$1}");
      const at = pointer(
        "paths",
        template,
        method.toLowerCase(),
        "requestBody",
        "content",
        "application/json",
        "schema",
      );
      expect(faultAt(at, example), `${route}: ${name}`).toBeUndefined();
    }
  }
});

test("what a request may hold is said by more than nothing, and every field and parameter has its words", () => {
  const silent: string[] = [];
  for (const [name, schema] of Object.entries(DOCUMENT.components.schemas)) look(name, schema);
  for (const [path, methods] of Object.entries(DOCUMENT.paths))
    for (const [method, { parameters }] of Object.entries(methods))
      for (const { name, description } of parameters) if (!description) silent.push(`${method} ${path}: ${name}`);
  expect(silent).toEqual([]);

  function look(path: string, { properties = {} }: JsonSchema): void {
    for (const [name, field] of Object.entries(properties)) {
      const isSilent = typeof field !== "boolean" && !field.description;
      if (isSilent) silent.push(`${path}.${name}`);
      const hasKind =
        typeof field !== "boolean" &&
        ("type" in field || "anyOf" in field || "enum" in field || "$ref" in field || "const" in field);
      if (!hasKind) silent.push(`${path}.${name} (any value)`);
    }
  }
});

test("the document is served to anybody, once built the same, and with the version of the build", async () => {
  const api = await testApi();
  const { status, headers, text } = await api.get("/openapi.json", null);
  expect([status, headers.get("Content-Type")]).toEqual([200, "application/json"]);
  expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(DOCUMENT)));
});

test("operations have names of their own, and every reference leads somewhere", () => {
  const names = Object.values(OPERATIONS).map(({ id }) => id);
  expect(new Set(names).size).toBe(names.length);
  const text = JSON.stringify(DOCUMENT);
  for (const [, reference = ""] of text.matchAll(/"\$ref":"#([^"]+)"/g)) {
    const found = reference
      .slice(1)
      .split("/")
      .reduce<unknown>((place, name) => Reflect.get(Object(place), name), DOCUMENT);
    expect(found, reference).toBeDefined();
  }
});

test("an answer with a field too many, without a header, or with a status that nobody declared is a fault", () => {
  const check = (body: object, status: number, headers: Record<string, string> = { "X-Request-Id": "1" }) => {
    const text = JSON.stringify(body);
    checkAnswer("GET", "/health", Response.json(body, { status, headers }), text);
  };
  const failure = { ok: false, error: "x", code: "internal_error", details: [], request_id: "1" };
  expect(() => check({ ok: true, status: "ok" }, 200)).not.toThrow();
  expect(() => check(failure, 500)).not.toThrow();
  expect(() => check({ ok: true, status: "ok", more: 1 }, 200)).toThrow("additional properties more");
  expect(() => check({ ok: true }, 200)).toThrow("must have required property 'status'");
  expect(() => check({ ok: true, status: "ok" }, 200, {})).toThrow("without its X-Request-Id");
  expect(() => check({ ...failure, code: "conflict" }, 409)).toThrow("a status that is not declared");
  expect(() => check({ ...failure, code: "conflict" }, 500)).toThrow("must be equal to one of the allowed values");
  expect(() => check(failure, 503)).toThrow("without its Retry-After");
});
