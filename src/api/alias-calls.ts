/**
 * Serves routes under other paths: an alias turns a call into one of a route of ours, and its answer into what it promises.
 *
 * 1. The fields stand in the query string of a GET, in the body of a POST.
 * 2. They are spread over the path, the query string and the body of the route behind the alias (alias-request.ts).
 * 3. That route is called as if from outside, for the same caller; whatever it refuses is the answer.
 */
import { type Context, Hono, type MiddlewareHandler } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import * as v from "valibot";
import { AppError } from "../errors.ts";
import { type Fields, type Target, targetOf } from "./alias-request.ts";
import { jsonBody } from "./body.ts";
import type { Env } from "./env.ts";
import { answerFailure } from "./failures.ts";
import { map } from "./schemas/values.ts";
import { invalid, invalidField, queryOf } from "./validation.ts";

export interface Alias {
  /** What clients call, such as `POST /tenants/update`. */
  at: string;
  /** The route behind it, as alias-request.ts reads it. */
  to: string;
  /** The fields by the names of the route. */
  fields?: (given: Fields) => Fields;
  /** What is answered instead of the route's own object; `call` asks another route for the same caller. */
  answer?: (answered: Fields, given: Fields, call: Call) => unknown;
  /** Instead of both, for an answer that is no JSON. */
  stream?: (answered: ReadableStream<Uint8Array>) => ReadableStream<Uint8Array>;
}

/** Calls the route `to`; answers nothing where it refuses. */
export type Call = (to: string, fields: Fields) => Promise<Fields | undefined>;

const FIELDS = map(v.string(), v.unknown());
/** A repeated parameter is a list, which no route of ours takes. */
const QUERY = v.record(v.string(), v.string("must be given once"));
const CREDENTIALS = ["X-API-Token", "Authorization"];

/**
 * To be used behind the entrance. No routes of their own: beside `/messages/:id`, paths like `/messages/list` would keep Hono
 * from routing all requests by one regular expression. `resources` are the routes behind the aliases, without an entrance.
 */
export function serveAliases(aliases: readonly Alias[], resources: readonly Hono<Env>[]): MiddlewareHandler<Env> {
  const byCall = new Map(aliases.map((alias) => [alias.at, alias]));
  let inner: Hono<Env> | undefined;
  return async (c, next) => {
    const method = c.req.method === "HEAD" ? "GET" : c.req.method;
    const alias = byCall.get(`${method} ${c.req.path}`);
    if (alias === undefined) return next();
    if (method === "POST") await jsonBody(c, async () => undefined);
    inner ??= routesBehind(resources);
    return serve(c, inner, alias);
  };
}

/** Made when an alias is called first: most processes never need them. */
function routesBehind(resources: readonly Hono<Env>[]): Hono<Env> {
  const inner = new Hono<Env>();
  inner.onError(answerFailure);
  inner.notFound((c) => answerFailure(new AppError("not_found", "there is nothing of that name"), c));
  inner.use(carried);
  for (const resource of resources) inner.route("/", resource);
  return inner;
}

/** Who calls, and what the command log is told, passes between the call and the one behind it. */
const carried: MiddlewareHandler<Env> = async (c, next) => {
  const { outer, bodyBytes } = c.env;
  if (outer === undefined) throw new Error("a route behind an alias was called without its alias");
  c.set("requestId", outer.get("requestId"));
  c.set("caller", outer.get("caller"));
  c.set("tenantId", outer.get("tenantId"));
  if (bodyBytes !== undefined) c.set("incoming", { ...outer.get("incoming"), announced: bodyBytes });
  await next();
  outer.set("tenantId", c.get("tenantId"));
  outer.set("result", c.get("result"));
};

async function serve(c: Context<Env>, inner: Hono<Env>, { to, fields, answer, stream }: Alias): Promise<Response> {
  const given = givenFields(c);
  const response = await behind(c, inner, targetOf(to, fields?.(given) ?? given));
  if (response.ok && stream !== undefined && response.body !== null)
    return c.body(stream(response.body), 200, { "Content-Type": "application/json" });
  if (!response.ok || answer === undefined)
    return c.newResponse(response.body, { status: response.status as ContentfulStatusCode, headers: response.headers });
  const answered = await fieldsOf(response);
  const told = await answer(answered, given, async (other, values) => {
    const found = await behind(c, inner, targetOf(other, values));
    return found.ok ? fieldsOf(found) : undefined;
  });
  const { next_cursor } = answered;
  // A bare list has no room for it.
  if (Array.isArray(told) && typeof next_cursor === "string") c.header("X-Next-Cursor", next_cursor);
  return c.json(told ?? null);
}

function givenFields(c: Context<Env>): Fields {
  const isPost = c.req.method === "POST";
  const query = queryOf(c);
  const checked = v.safeParse(isPost ? FIELDS : QUERY, isPost ? c.get("payload") : query);
  if (!checked.success) throw invalid(checked.issues);
  const [stray] = isPost ? Object.keys(query) : [];
  if (stray !== undefined) throw invalidField(stray, "belongs into the body");
  return checked.output;
}

async function fieldsOf(response: Response): Promise<Fields> {
  return v.parse(FIELDS, await response.json());
}

async function behind(c: Context<Env>, inner: Hono<Env>, { method, path, body }: Target): Promise<Response> {
  const headers = new Headers();
  for (const name of CREDENTIALS) {
    const value = c.req.header(name);
    if (value !== undefined) headers.set(name, value);
  }
  const url = new URL(path, c.req.url);
  if (c.req.method !== "POST") return inner.fetch(new Request(url, { method, headers }), { outer: c });
  if (body === undefined) return inner.fetch(new Request(url, { method, headers }), { outer: c, bodyBytes: 0 });
  const bytes = new TextEncoder().encode(JSON.stringify(body));
  c.get("incoming").pass.grow(bytes.length);
  headers.set("Content-Type", "application/json");
  const request = new Request(url, { method, headers, body: bytes });
  return inner.fetch(request, { outer: c, bodyBytes: bytes.length });
}
