/** What can become of a claimed message beside what its server says: given back, or failed for a reason that lies with us. */
import type { Claimed, Recipient, Settlement } from "../queue/message.ts";

/** As if it had never been claimed. */
export function giveBack({ seq, token, tenantId, accountKey, attempts, recipients }: Claimed): Settlement {
  return {
    seq,
    token,
    tenantId,
    accountKey,
    state: "ready",
    dueAt: null,
    attempts,
    error: null,
    outcomeUnknown: false,
    counts: false,
    recipients,
    event: null,
  };
}

/** Given up: trying again would only make our mistake again. */
export function failed(claimed: Claimed, error: string): Settlement {
  const event: Settlement["event"] = { type: "error", data: { error, attempt: claimed.attempts + 1 } };
  const recipients = claimed.recipients.map((recipient): Recipient => {
    return recipient.status === "pending" ? { ...recipient, status: "error", text: error } : recipient;
  });
  return { ...giveBack(claimed), state: "error", attempts: claimed.attempts + 1, error, recipients, event };
}
