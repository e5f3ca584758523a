/** Who sends a ready-made mail and who gets it, by its own header (RFC 5322 3.6.2, 3.6.3 and 3.6.6). */
import { reason } from "../errors.ts";
import { parseMailboxes } from "./address.ts";
import { RawMailError } from "./raw-error.ts";
import type { RawField } from "./raw-header.ts";

export interface RawRecipient {
  kind: "to" | "cc" | "bcc";
  address: string;
}

const KINDS = ["to", "cc", "bcc"] as const;

/** Of a mail that was sent again only whom it was sent to again (RFC 5322 3.6.6): the others have had it. */
export function recipientsOf(fields: readonly RawField[]): RawRecipient[] {
  const isResent = fields.some(({ name }) => KINDS.some((kind) => name === `resent-${kind}`));
  return KINDS.flatMap((kind) =>
    addressesOf(fields, isResent ? `resent-${kind}` : kind).map((address) => ({ kind, address })),
  );
}

/** The authors, of whom there may be several (RFC 5322 3.6.2), in the one From field that a mail has (3.6). */
export function authorsOf(fields: readonly RawField[]): [string, ...string[]] {
  const count = fields.filter(({ name }) => name === "from").length;
  if (count !== 1) throw new RawMailError(count === 0 ? "it has no From field" : "it has more than one From field");
  const [author, ...others] = addressesOf(fields, "from");
  if (author === undefined) throw new RawMailError("from: holds no address");
  return [author, ...others];
}

/** Where it comes back to; empty is the null sender (RFC 5321 4.5.5), and undefined that it names nobody but its author. */
export function senderOf(fields: readonly RawField[]): string | undefined {
  const returnPath = fields.find(({ name }) => name === "return-path")?.value;
  if (returnPath?.replace(/\s/g, "") === "<>") return "";
  for (const name of ["return-path", "resent-sender", "resent-from", "sender"]) {
    const [address] = addressesOf(fields, name);
    if (address !== undefined) return address;
  }
  return undefined;
}

/** RFC 5322 3.4: a group without members names nobody, as in `undisclosed-recipients:;`. */
const EMPTY_GROUP = /^[^:<>@]*:\s*;$/;

/** The addresses of all fields of that name. */
function addressesOf(fields: readonly RawField[], name: string): string[] {
  const values = fields.filter((field) => field.name === name).map(({ value }) => value);
  return values.filter((value) => !EMPTY_GROUP.test(value)).flatMap((value) => addressesIn(name, value));
}

function addressesIn(name: string, value: string): string[] {
  try {
    return parseMailboxes(value).map(({ address }) => address);
  } catch (cause) {
    throw new RawMailError(`${name}: ${reason(cause)}`, { cause });
  }
}
