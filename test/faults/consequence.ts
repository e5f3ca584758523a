/** What a fault may lead to: five ways in all, each with what the account, the message, its report and its limits then show. */

/** To a message for two recipients, each told as `status code enhanced` as far as a server said so. */
export interface Consequence {
  kind: "paused" | "deferred" | "unknown" | "failed" | "sent";
  /** What the account's `last_error`, or the message's `error`, holds. */
  says: string | RegExp;
  recipients: Recipients;
  /** Complete copies that the server has heard by then. */
  copies: number;
  /** Whether the attempt counts against the limits. */
  counts: boolean;
}

export type Recipients = [a: string, b: string];
type Says = Consequence["says"];

const OPEN: Recipients = ["pending", "pending"];

export const both = (recipient: string): Recipients => [recipient, recipient];

/** The account is at fault; `says` begins with the stage. */
export function paused(says: Says): Consequence {
  return { kind: "paused", says, recipients: OPEN, copies: 0, counts: false };
}

export function deferred(says: Says, recipients = OPEN, copies = 0): Consequence {
  return { kind: "deferred", says, recipients, copies, counts: true };
}

export function unknown(says: Says, copies = 1): Consequence {
  return { kind: "unknown", says, recipients: OPEN, copies, counts: true };
}

export function failed(says: Says, recipients: Recipients, copies = 0): Consequence {
  return { kind: "failed", says, recipients, copies, counts: true };
}

/** Failed before a byte of it was written. */
export function unsendable(says: Says, enhanced: string): Consequence {
  return { ...failed(says, both(`error ${enhanced}`)), counts: false };
}

export function sent(recipients: Recipients = both("sent 250 2.0.0")): Consequence {
  return { kind: "sent", says: "", recipients, copies: 1, counts: true };
}

/** What the reply to a message as a whole leads to: a 4xx is tried again, a 5xx is not. */
export function refused(reply: string, copies = 0): Consequence {
  const [code, enhanced] = reply.split(" ");
  if (reply < "500") return deferred(reply, both(`pending ${code} ${enhanced}`), copies);
  return failed(reply, both(`error ${code} ${enhanced}`), copies);
}
