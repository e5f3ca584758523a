/** What clients of the email API read of a failure beside our own fields: a number, their name for it, its words. */
import type { AppError, ErrorCode } from "../errors.ts";

/** Their routes, and what lies below them. */
const ROUTES = /^\/(?:emails|webhooks)(?:\/|$)/;

const NAMES: Record<ErrorCode, string> = {
  bad_request: "validation_error",
  invalid_idempotency_key: "invalid_idempotency_key",
  unauthorized: "invalid_api_key",
  forbidden: "restricted_api_key",
  not_found: "not_found",
  method_not_allowed: "method_not_allowed",
  request_timeout: "application_error",
  conflict: "validation_error",
  invalid_idempotent_request: "invalid_idempotent_request",
  concurrent_idempotent_requests: "concurrent_idempotent_requests",
  gone: "not_found",
  payload_too_large: "validation_error",
  unsupported_media_type: "validation_error",
  validation_failed: "validation_error",
  rate_limited: "rate_limit_exceeded",
  internal_error: "internal_server_error",
  draining: "application_error",
  overloaded: "application_error",
  database_unavailable: "application_error",
  store_unavailable: "application_error",
};

/** Nothing on other routes. `hasToken`: the call presented one, whatever it opens. */
export function emailFailure(path: string, failure: AppError, hasToken: boolean): Record<string, unknown> {
  if (!ROUTES.test(path)) return {};
  return { statusCode: failure.status, name: nameOf(failure, hasToken), message: failure.message };
}

/** The client's own names for faults of single fields are told by the first of them. */
function nameOf({ code, details: [first] }: AppError, hasToken: boolean): string {
  if (code === "unauthorized" && !hasToken) return "missing_api_key";
  if (code !== "validation_failed" || first === undefined) return NAMES[code];
  if (first.message.startsWith("is required")) return "missing_required_field";
  const [field] = first.path.replace(/^emails\[\d+\]\.?/, "").split(/[.[]/);
  if (field === "from") return "invalid_from_address";
  return field === "attachments" ? "invalid_attachment" : NAMES[code];
}
