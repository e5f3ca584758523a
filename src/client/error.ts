/** The one error that the client throws: what the proxy refused, or that it could not be reached. */
import type { Failure } from "./types.ts";

/** Beside the codes of the proxy itself. */
export const UNREACHABLE = "unreachable";
export const UNEXPECTED_ANSWER = "unexpected_answer";

export class MailProxyError extends Error {
  override readonly name = "MailProxyError";
  /** A word for programs: the proxy's, `unreachable`, or `unexpected_answer` where somebody else has answered. */
  readonly code: string;
  /** The HTTP status; 0 where there was no answer. */
  readonly status: number;
  /** Each fault of the request: where it stands, and what is wrong with it. */
  readonly details: Failure["details"];
  /** By which the proxy's log knows the call. */
  readonly request_id: string | undefined;

  constructor(failure: Partial<Failure> & { error: string; code: string }, status: number, cause?: unknown) {
    super(failure.error, { cause });
    this.code = failure.code;
    this.status = status;
    this.details = failure.details ?? [];
    this.request_id = failure.request_id;
  }
}
