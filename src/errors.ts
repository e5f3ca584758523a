/** The error codes of the API and the one typed error that crosses it; touches no I/O. */

/** One fault in a request: where it stands (`messages[0].to`) and what is wrong with it, in words for a person. */
export interface Detail {
  path: string;
  message: string;
}

/** Every code that a client can see, beside the HTTP status it travels with. */
const STATUS = {
  bad_request: 400,
  invalid_idempotency_key: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  request_timeout: 408,
  conflict: 409,
  invalid_idempotent_request: 409,
  concurrent_idempotent_requests: 409,
  gone: 410,
  payload_too_large: 413,
  unsupported_media_type: 415,
  validation_failed: 422,
  rate_limited: 429,
  internal_error: 500,
  draining: 503,
  overloaded: 503,
  database_unavailable: 503,
  store_unavailable: 503,
} as const;

export type ErrorCode = keyof typeof STATUS;

export const ERROR_CODES = Object.keys(STATUS) as ErrorCode[];

/** A failure that a client caused or must know of; everything else that is thrown is our own mistake and becomes a 500. */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: ErrorCode;
  readonly details: Detail[];
  /** Seconds after which the same request may work; sent as Retry-After. */
  readonly retryAfter: number | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    more: { details?: Detail[]; retryAfter?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: more.cause });
    this.code = code;
    this.details = more.details ?? [];
    this.retryAfter = more.retryAfter;
  }

  get status(): number {
    return STATUS[this.code];
  }
}

/** The text of anything that was thrown, fit for a log. */
export function reason(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  // Drizzle's own message holds every value that was bound; the database's says enough.
  if (thrown.message.startsWith("Failed query:"))
    return thrown.cause instanceof Error ? thrown.cause.message : "failed query";
  return thrown.message;
}
