/** Addresses as requests carry them: `a@b.c` or `Name <a@b.c>`, lists as array or comma-separated text. */
import * as v from "valibot";
import { senderRule } from "../../addresses/senders.ts";
import { reason } from "../../errors.ts";
import { type Mailbox, parseMailbox, parseMailboxes } from "../../mime/address.ts";

/** One mailbox: as it is to be written into the mail, and the bare address for the envelope. */
export interface GivenMailbox {
  text: string;
  address: string;
}

export const mailbox = v.pipe(
  v.string(),
  parsed((text: string): GivenMailbox => ({ text, address: parseMailbox(text).address })),
);

/** No address at all is an empty list. */
export const mailboxes = v.pipe(
  v.union([v.string(), v.array(v.string())], "must be an address, an array of addresses or a comma-separated list"),
  parsed((given: string | string[]): GivenMailbox[] =>
    typeof given === "string"
      ? parseMailboxes(given).map((one) => ({ text: written(one), address: one.address }))
      : given.map((text) => ({ text, address: parseMailbox(text).address })),
  ),
);

/** One mailbox, kept as the text that it came in. */
export const mailboxText = v.pipe(
  v.string(),
  parsed((text: string) => {
    parseMailbox(text);
    return text;
  }),
);

/** An envelope sender: only its address counts. */
export const bareAddress = v.pipe(
  v.string(),
  parsed((text: string) => parseMailbox(text).address),
);

/** Each is asked of every message. */
const MOST_RULES = 100;

/** Whom messages may be from: addresses, and domains as `@example.com`. None at all would only be a way to send nothing. */
export const allowedSenders = v.pipe(
  v.array(v.pipe(v.string(), parsed(senderRule))),
  v.minLength(1, "must name an address or a @domain; null allows any"),
  v.maxLength(MOST_RULES, `must be at most ${MOST_RULES}`),
);

/** A parser that throws its reason, as a step of a schema. */
function parsed<I, O>(parse: (input: I) => O) {
  return v.rawTransform<I, O>(({ dataset, addIssue, NEVER }) => {
    try {
      return parse(dataset.value);
    } catch (error) {
      addIssue({ message: reason(error) });
      return NEVER;
    }
  });
}

/** RFC 5322 3.2.4: inside quotes a quote and a backslash are escaped. */
function written({ name, address }: Mailbox): string {
  return name === undefined ? address : `"${name.replace(/["\\]/g, "\\$&")}" <${address}>`;
}
