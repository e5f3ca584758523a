/** The headers by which an application says of a mail what it cannot say in SMTP; they are read and taken off. */
import { decodeWords } from "postal-mime";
import { withoutFields } from "../mime/raw.ts";
import { type RawField, readHeader } from "../mime/raw-header.ts";
import type { Wishes } from "./application.ts";
import { Reply } from "./reply.ts";

/** What each of them means; what it may say is for the API's schemas to check. */
const MEANING = {
  "x-mail-proxy-account": (text: string) => ({ accountId: text }),
  "x-mail-proxy-priority": (text: string) => ({ priority: /^\d+$/.test(text) ? Number(text) : text }),
  "x-mail-proxy-deferred": (text: string) => ({ deferredTs: text }),
  "x-mail-proxy-batch": (text: string) => ({ batchCode: text }),
} satisfies Record<string, (text: string) => Wishes>;

export interface Steered {
  wishes: Wishes;
  /** The header of the mail as it came. */
  fields: RawField[];
  /** Without those headers. */
  mail: Uint8Array;
}

/** Throws RawMailError where the header cannot be read, a Reply where it says a thing twice. */
export function steered(mail: Uint8Array): Steered {
  const fields = readHeader(mail);
  const steering = fields.filter(({ name }) => Object.hasOwn(MEANING, name));
  const names = steering.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new Reply(550, `5.6.0 ${twice}: stands twice in the header`);
  const wishes: Wishes = Object.assign({}, ...steering.map(wishOf));
  return { wishes, fields, mail: withoutFields(mail, steering) };
}

function wishOf({ name, value }: RawField): Wishes {
  return MEANING[name as keyof typeof MEANING](decodeWords(value).trim());
}
