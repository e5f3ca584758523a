/** Which message a mail speaks of: what was returned of it, wherever that stands, and what the mail's own header refers to. */
import type { Original } from "../notice.ts";
import { type Fields, readBlocks } from "./fields.ts";
import { MOST_TEXT } from "./limits.ts";
import { decoded, type Mail, type Part } from "./mail.ts";
import { oneLine } from "./reason.ts";

/** RFC 6522 3: the message, or its header alone; RFC 6533 6 names their forms in UTF-8. */
const RETURNED = /^(?:message\/(?:rfc822|global|global-headers|partial)|text\/rfc822-headers?)$/;
const POINTERS = ["x-mail-proxy-id", "x-genro-mail-id", "message-id"];
const LONGEST_POINTER = 255;
/** RFC 5322 2.1.1 gives a line 998 characters. */
const MESSAGE_ID = /<[^<>\s]{1,990}>/g;
/** Before the header of the returned message come the blocks of the report's own text. */
const MOST_BLOCKS = 100;

export function isReturned({ type, fileName }: Part): boolean {
  return RETURNED.test(type) || fileName.endsWith(".eml");
}

/** The header of the returned message: of a part of its own, else where the text quotes it. */
export function returnedHeader(mail: Mail): Fields | undefined {
  const part = mail.parts.find(isReturned);
  const ofPart = part === undefined ? undefined : readBlocks(decoded(part.content), 1)[0];
  if (ofPart?.has(...POINTERS)) return ofPart;
  return readBlocks(mail.text.slice(0, MOST_TEXT), MOST_BLOCKS).find((block) => block.has(...POINTERS)) ?? ofPart;
}

/** `referred` are ids that the report gives in a field of its own; `envelopeId` is its `Original-Envelope-Id`. */
export function originalOf(mail: Mail, referred: string[] = [], envelopeId?: string): Original {
  const returned = returnedHeader(mail);
  return {
    pk: pointer(returned?.first("x-mail-proxy-id")),
    id: pointer(returned?.first("x-genro-mail-id")),
    messageIds: messageIds(mail.header, returned, referred),
    envelopeId: pointer(envelopeId),
  };
}

/** Of what the mail itself answers only where the report does not say: it may stand in a thread of several messages. */
function messageIds(header: Fields, returned: Fields | undefined, referred: string[]): string[] {
  const told = [...idsIn(returned?.first("message-id")).slice(0, 1), ...referred.flatMap((value) => idsIn(value))];
  if (told.length > 0) return [...new Set(told)];
  // RFC 5322 3.6.4: the last one of References is what is answered.
  return [
    ...new Set([...idsIn(header.first("in-reply-to")).slice(0, 1), ...idsIn(header.first("references")).slice(-1)]),
  ];
}

/** In angle brackets, also where somebody took them off. */
export function idsIn(value = ""): string[] {
  const bracketed = value.match(MESSAGE_ID);
  if (bracketed !== null) return bracketed.map((id) => oneLine(id, LONGEST_POINTER));
  const bare = oneLine(value, LONGEST_POINTER);
  return /^[^\s<>]+@[^\s<>]+$/.test(bare) ? [`<${bare}>`] : [];
}

function pointer(value = ""): string | undefined {
  return oneLine(value, LONGEST_POINTER) || undefined;
}
