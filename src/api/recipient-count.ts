/** How many recipients a call seems to name, before any of them is read: reading very many would keep everybody waiting. */
import { AppError } from "../errors.ts";

/** Reading that many addresses takes tens of milliseconds, in which nobody else is served. */
const MOST_RECIPIENTS = 20_000;

/** Of messages or emails, whose fields have the same names. Throws AppError where it is too many. */
export function checkRecipients(messages: readonly unknown[]): void {
  if (recipientsOf(messages) <= MOST_RECIPIENTS) return;
  throw new AppError("payload_too_large", `a batch names at most ${MOST_RECIPIENTS} recipients: send several`);
}

function recipientsOf(messages: readonly unknown[]): number {
  let sum = 0;
  for (const message of messages) {
    for (const field of ["to", "cc", "bcc"]) {
      const given = typeof message === "object" && message !== null ? Reflect.get(message, field) : undefined;
      if (Array.isArray(given)) sum += given.length;
      else if (typeof given === "string") sum += given.split(",").length;
    }
  }
  return sum;
}
