/** What identifies a mail on a client's connection, for the log. */
import type { SMTPServerSession } from "smtp-server";

/** As the `X-Request-Id` of a call does: the connection's own, and which of its mails it is. */
export function requestIdOf({ id, transaction }: SMTPServerSession): string {
  return `${id}-${transaction}`;
}
