/** Delivers one claimed message: letter, bytes, SMTP, decision. Whatever happens becomes a settlement. */
import type { Config } from "../config.ts";
import { reason } from "../errors.ts";
import { compose } from "../mime/compose.ts";
import type { Claimed, Settlement } from "../queue/message.ts";
import type { AccountFault, SendOutcome } from "../smtp/outcome.ts";
import type { Sender } from "./accounts.ts";
import { envelope, letter } from "./letter.ts";
import { decide } from "./retry.ts";

export interface Delivery {
  settlement: Settlement;
  /** The account itself is at fault; the message was given back untouched. */
  fault: AccountFault | undefined;
}

/** `now` is read again after the server's answer, so it is a function here. */
export async function deliver(claimed: Claimed, sender: Sender, config: Config, now: () => number): Promise<Delivery> {
  const outcome = await attempt(claimed, sender, config);
  if (outcome.kind === "account_fault") return { settlement: giveBack(claimed), fault: outcome };
  const { tags, metadata } = claimed.content;
  const retryDelays = sender.settings.retryDelays ?? config.retryDelays;
  const decision = decide({ ...claimed, retryDelays, tags, metadata }, outcome, now(), Math.random());
  return { settlement: { seq: claimed.seq, token: claimed.token, ...decision }, fault: undefined };
}

async function attempt(claimed: Claimed, sender: Sender, config: Config): Promise<SendOutcome> {
  const { asciiAttachments, suppressSend } = sender.settings;
  let composed: ReturnType<typeof compose>;
  let to: ReturnType<typeof envelope>;
  try {
    composed = compose(letter(claimed, { trackingHeaders: config.trackingHeaders, asciiAttachments }));
    to = envelope(claimed, composed.utf8);
  } catch (error) {
    // It passed the API and cannot be composed all the same: trying again would not help.
    return { kind: "unsendable", error: reason(error), enhanced: "5.6.0" };
  }
  if (suppressSend) return suppressed(to.recipients);
  return sender.pool.send(to, composed.bytes);
}

function suppressed(recipients: readonly { address: string }[]): SendOutcome {
  const reply = { code: 250, enhanced: "2.0.0", text: "not sent: the account suppresses sending" };
  return { kind: "answered", recipients: recipients.map(({ address }) => ({ kind: "accepted", address, reply })) };
}

/** As if it had never been claimed. */
export function giveBack({ seq, token, attempts }: Claimed): Settlement {
  return {
    seq,
    token,
    state: "ready",
    dueAt: null,
    attempts,
    error: null,
    outcomeUnknown: false,
    counts: false,
    recipients: [],
    event: null,
  };
}

/** Given up for a reason that lies with us. */
export function failed(claimed: Claimed, error: string): Settlement {
  const event: Settlement["event"] = { type: "error", data: { error, attempt: claimed.attempts + 1 } };
  return { ...giveBack(claimed), state: "error", attempts: claimed.attempts + 1, error, event };
}
