/** One attempt at a claimed message: its letter as bytes, handed to a connection of its account. */
import type { Prepared } from "../attachments/fetcher.ts";
import type { Config } from "../config.ts";
import { reason } from "../errors.ts";
import { compose } from "../mime/compose.ts";
import type { Claimed } from "../queue/message.ts";
import type { SendOutcome } from "../smtp/outcome.ts";
import type { Sender } from "./accounts.ts";
import { envelope, letter } from "./letter.ts";
import { rawLetter } from "./raw-letter.ts";

/** What was made ready for one message. */
export interface Provisions {
  /** What its attachments have become, of a message that has such. */
  prepared: Prepared | undefined;
  /** Its envelope sender, where neither the message nor its From decides. */
  returnPath: string | undefined;
  /** By which its recipient unsubscribes, of a message that is to have such. */
  unsubscribeLink: string | undefined;
}

export async function attempt(
  claimed: Claimed,
  sender: Sender,
  config: Config,
  { prepared, returnPath, unsubscribeLink }: Provisions,
): Promise<SendOutcome> {
  const { asciiAttachments, suppressSend } = sender.settings;
  let composed: ReturnType<typeof compose>;
  let to: ReturnType<typeof envelope>;
  try {
    const { raw } = claimed.content;
    const options = { trackingHeaders: config.trackingHeaders, asciiAttachments, unsubscribeLink };
    composed = raw === undefined ? compose(letter(claimed, options, prepared)) : rawLetter(claimed, raw, options);
    to = envelope(claimed, composed.utf8, returnPath);
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
