/** Spreads the fields of a call over the path, the query string and the body of the route that it stands for: pure. */
import { invalidField } from "./validation.ts";

export type Fields = Record<string, unknown>;

export interface Target {
  method: string;
  /** With its query string. */
  path: string;
  body: Fields | undefined;
}

const WITH_BODY = new Set(["POST", "PUT", "PATCH"]);

/**
 * `to` is a method and a path such as `PUT /tenant/{tenant_id}`. `{name}` is taken out of the fields; those named behind `?` (or
 * with `*` all of them) go into the query string. What is left is the body, where the method has one, and else goes into
 * the query string, too. Throws AppError where a field has no such place.
 */
export function targetOf(to: string, fields: Fields): Target {
  const [method = "", target = ""] = to.split(" ");
  const [template = "", named = ""] = target.split("?");
  const rest = { ...fields };
  const take = (name: string) => {
    const value = rest[name];
    delete rest[name];
    if (typeof value === "object" && value !== null) throw invalidField(name, "must be text");
    return value === undefined || value === null ? undefined : String(value);
  };
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = take(name);
    if (value === undefined || value === "") throw invalidField(name, "is required");
    if (!value.isWellFormed()) throw invalidField(name, "must not hold half of a surrogate pair");
    return encodeURIComponent(value);
  });
  const hasBody = WITH_BODY.has(method) && named !== "*";
  const query = new URLSearchParams();
  for (const name of hasBody ? named.split("&").filter(Boolean) : Object.keys(rest)) {
    const value = take(name);
    if (value !== undefined) query.set(name, value);
  }
  return { method, path: query.size === 0 ? path : `${path}?${query}`, body: hasBody ? rest : undefined };
}
