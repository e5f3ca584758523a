/** How calls fail: which statuses a route can answer, and what each of them means. */
import { AppError, ERROR_CODES } from "../../errors.ts";
import { reference } from "./json-schema.ts";
import type { Operation } from "./operation.ts";

/** Workers say so where a setting is missing, before there is an application (runtimes/worker-core.ts). */
const MISCONFIGURED = "misconfigured";

const WORDS: Record<number, string> = {
  400: "The body is not JSON in UTF-8, or broke off; or the request's target or Host cannot be read.",
  401: "There is no token, or none that is valid.",
  403: "The token is right, but does not open this.",
  404: "There is no such message, account, tenant or file; or no such route here.",
  405: "The path has other methods; `Allow` names them.",
  408: "The body took too long.",
  409: "It does not fit with what is there; `error` says why.",
  410: "The file is no longer there.",
  413: "The body, or the batch, is too large.",
  415: "A body without a `Content-Type` that is taken here: mostly `application/json`.",
  422: "A field is wrong, missing or unknown; `details` name each.",
  500: "Our mistake; the log has the request id.",
  503: "Stopping, overloaded, or without its database. Try again after `Retry-After` seconds.",
};

const REQUEST_ID = { "X-Request-Id": { $ref: "#/components/headers/RequestId" } };
const MORE_HEADERS: Record<number, object> = {
  401: { "WWW-Authenticate": { description: "`Bearer`", schema: { type: "string" } } },
  503: { "Retry-After": { $ref: "#/components/headers/RetryAfter" } },
};

/** The answer that every failure of a status has. */
export function failureResponses(): Record<string, object> {
  return Object.fromEntries(
    Object.entries(WORDS).map(([status, description]) => [
      `Failure${status}`,
      {
        description,
        headers: { ...REQUEST_ID, ...MORE_HEADERS[Number(status)] },
        content: { "application/json": { schema: failure(Number(status)) } },
      },
    ]),
  );
}

function failure(status: number): object {
  const codes: string[] = ERROR_CODES.filter((code) => new AppError(code, "").status === status);
  if (status === 503) codes.push(MISCONFIGURED);
  return { allOf: [reference("Failure"), { properties: { code: { enum: codes } } }] };
}

/** The statuses of an operation beside 200, in order. */
export function failuresOf(route: string, operation: Operation): number[] {
  const [method = "", path = ""] = route.split(" ");
  const isChanging = method !== "GET";
  const statuses = new Set([400, 500, 503, ...(operation.fails ?? [])]);
  const add = (...more: number[]) => more.forEach((status) => void statuses.add(status));
  if (operation.opens !== "anybody") add(401, 403);
  if (path.includes(":") || operation.tag === "Sandbox") add(404);
  if (operation.query !== undefined || operation.body !== undefined) add(422);
  if (isChanging) add(408, 413);
  if (operation.body !== undefined || operation.orBody !== undefined) add(415);
  return [...statuses].filter((status) => operation.also?.[status] === undefined).sort((one, other) => one - other);
}

export const HEADERS = {
  RequestId: {
    description: "By which the log knows this call: the caller's own where it sent one, else a new one.",
    schema: { type: "string" },
  },
  RetryAfter: {
    description: "Seconds after which the same call may work.",
    schema: { type: "integer", minimum: 0 },
  },
};

export { REQUEST_ID };
