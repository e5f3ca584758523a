/** What a client is answered that is not to go on: an SMTP reply, and which one belongs to what was thrown. */
import { getLogger } from "@logtape/logtape";
import { AddressError } from "../addresses/addr-spec.ts";
import { AppError, type ErrorCode, reason } from "../errors.ts";
import { RawMailError } from "../mime/raw.ts";

const log = getLogger(["mail-proxy", "ingress"]);

/** A reply to throw; smtp-server sends it, code first. */
export class Reply extends Error {
  override readonly name = "Reply";
  readonly responseCode: number;

  /** The words begin with the enhanced code (RFC 3463). */
  constructor(responseCode: number, words: string) {
    super(words);
    this.responseCode = responseCode;
  }
}

/** RFC 3463 3.4 and 3.8: of what is thrown to HTTP's clients, what SMTP's hear; in its own words, where none stand here. */
const OF_CODE: Partial<Record<ErrorCode, readonly [code: number, enhanced: string, words?: string]>> = {
  overloaded: [452, "4.3.1"],
  draining: [421, "4.3.2"],
  payload_too_large: [552, "5.3.4"],
  // The key that opened the connection: who logs in anew hears of it, and the mail itself is not at fault.
  unauthorized: [421, "4.7.0", "the key that logged you in is not valid any more"],
  forbidden: [535, "5.7.13"],
};

/** The reply to any failure: whatever is not the mail's own fault is for later. */
export function replyTo(thrown: unknown): Reply {
  if (thrown instanceof Reply) return thrown;
  if (thrown instanceof RawMailError || thrown instanceof AddressError)
    return new Reply(554, `5.6.0 ${thrown.message}`);
  const [code, enhanced, words] = (thrown instanceof AppError && OF_CODE[thrown.code]) || [];
  if (thrown instanceof AppError && code !== undefined)
    return new Reply(code, `${enhanced} ${words ?? thrown.message}`);
  log.error("a mail cannot be stored: {reason}", { reason: reason(thrown) });
  return new Reply(451, "4.3.0 the mail cannot be stored now");
}
