/** Addresses as requests carry them: `a@b.c` or `Name <a@b.c>`, lists as array or comma-separated text. */
import * as v from "valibot";
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
