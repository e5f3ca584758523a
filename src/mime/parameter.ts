/** Writes parameters of Content-Type and Content-Disposition: quoted, or extended and continued by RFC 2231. */
import { encodedWords, needsEncoding } from "./encoded-word.ts";
import { escapedCharacters, octetForms } from "./escape.ts";
import { FOLDED_LINE } from "./field.ts";

/** What stands around a parameter on its line: the leading space and the semicolon. */
const ROOM = FOLDED_LINE - 2;

const encoder = new TextEncoder();

/** RFC 2231 7: attribute-char, here without the rarer signs, since some readers stumble over them. */
const EXTENDED_FORMS = octetForms(/[A-Za-z0-9._-]/, "%");

/** `name="value"` in one piece where it is short and ASCII; else extended, in as many pieces as it takes. */
export function parameter(name: string, value: string): string[] {
  const quoted = quotedParameter(name, value);
  if (quoted !== undefined) return [quoted];
  const forms = escapedCharacters(encoder.encode(value), EXTENDED_FORMS);
  const whole = `${name}*=utf-8''${forms.join("")}`;
  return whole.length <= ROOM ? [whole] : continued(name, forms);
}

/**
 * The parameter as programs from before RFC 2231 know it: encoded words in quotes. No standard has it, but it is the
 * custom, and what reads RFC 2231 looks at the other parameter first.
 */
export function encodedWordParameter(name: string, value: string): string[] {
  const quoted = quotedParameter(name, value);
  if (quoted !== undefined) return [quoted];
  const words = encodedWords(value, ROOM - `${name}=""`.length);
  const last = words.length - 1;
  return words.map((word, at) => `${at === 0 ? `${name}="` : ""}${word}${at === last ? '"' : ""}`);
}

function quotedParameter(name: string, value: string): string | undefined {
  if (needsEncoding(value)) return undefined;
  const quoted = `${name}="${value.replace(/["\\]/g, "\\$&")}"`;
  return quoted.length <= ROOM ? quoted : undefined;
}

/** RFC 2231 4.1: the charset stands in the first piece alone; pieces are cut between characters. */
function continued(name: string, forms: readonly string[]): string[] {
  const pieces: string[] = [];
  let piece = `${name}*0*=utf-8''`;
  for (const form of forms) {
    if (piece.length + form.length > ROOM) {
      pieces.push(piece);
      piece = `${name}*${pieces.length}*=`;
    }
    piece += form;
  }
  pieces.push(piece);
  return pieces;
}
