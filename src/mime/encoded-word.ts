/** Encoded words (RFC 2047): any text as ASCII words of at most 75 characters that begin and end on character borders. */
import { escapedCharacters, isContinuation, octetForms } from "./escape.ts";

/** RFC 2047 2: the longest encoded word. */
const LONGEST_ENCODED_WORD = 75;
const FRAME = "=?utf-8?B??=".length;
/** One code point takes four bytes, and as Q twelve characters: less room holds no encoded word for certain. */
const LEAST_PAYLOAD = 12;

const encoder = new TextEncoder();

/** RFC 2047 5 (3): what Q may leave as it is even inside a display name. */
const Q_FORMS = octetForms(/[A-Za-z0-9!*+\-/]/, "=");
/** RFC 2047 4.2 (2): a space is written as an underscore. */
Q_FORMS[0x20] = "_";

const NEEDS_ENCODING = /[^\x20-\x7e]|=\?/;

/** Whether text must be encoded to be read back as it is: not printable ASCII, or it looks like an encoded word itself. */
export function needsEncoding(text: string): boolean {
  return NEEDS_ENCODING.test(text);
}

/**
 * The text as encoded words, Q or B, whichever is shorter; readers drop the white space between them. `firstRoom` is how
 * many characters the first one may take on its line; if that is too few it is made for a line of its own. Lone
 * surrogates become U+FFFD.
 */
export function encodedWords(text: string, firstRoom = LONGEST_ENCODED_WORD): string[] {
  const bytes = encoder.encode(text);
  const split = lengthAsQ(bytes) <= Math.ceil(bytes.length / 3) * 4 ? asQ : asB;
  const room = Math.min(firstRoom, LONGEST_ENCODED_WORD) - FRAME;
  return split(bytes, room < LEAST_PAYLOAD ? LONGEST_ENCODED_WORD - FRAME : room);
}

function lengthAsQ(bytes: Uint8Array): number {
  return bytes.reduce((length, byte) => length + Q_FORMS[byte]!.length, 0);
}

function asQ(bytes: Uint8Array, firstPayload: number): string[] {
  const words: string[] = [];
  let room = firstPayload;
  let payload = "";
  for (const character of escapedCharacters(bytes, Q_FORMS)) {
    if (payload.length + character.length > room) {
      words.push(`=?utf-8?Q?${payload}?=`);
      payload = "";
      room = LONGEST_ENCODED_WORD - FRAME;
    }
    payload += character;
  }
  words.push(`=?utf-8?Q?${payload}?=`);
  return words;
}

function asB(bytes: Uint8Array, firstPayload: number): string[] {
  const words: string[] = [];
  let room = firstPayload;
  for (let at = 0; at < bytes.length; ) {
    let end = Math.min(at + Math.floor(room / 4) * 3, bytes.length);
    while (end < bytes.length && isContinuation(bytes[end]!)) end--;
    words.push(`=?utf-8?B?${btoa(String.fromCharCode(...bytes.subarray(at, end)))}?=`);
    at = end;
    room = LONGEST_ENCODED_WORD - FRAME;
  }
  return words;
}
