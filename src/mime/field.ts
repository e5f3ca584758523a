/** Writes one header field: folded where it grows long (RFC 5322 2.2.3), encoded where it is not plain ASCII (RFC 2047). */
import { ComposeError } from "./compose-error.ts";
import { encodedWords, needsEncoding } from "./encoded-word.ts";

/** RFC 5322 2.1.1: a line should be at most 78 characters, without its CRLF. */
export const LINE = 78;
/** RFC 2047 2: a line that holds an encoded word is at most 76; every folded line keeps to that. */
export const FOLDED_LINE = 76;
/** RFC 5322 2.1.1: what no line may pass; a continuation line spends one on its leading space. */
const LONGEST_WORD = 997;

/** Text for people, such as a subject: whatever cannot stand as it is gets encoded. */
export function textField(name: string, text: string): string {
  // White space around a value has no meaning, and a line of nothing else would end the header for some readers.
  const value = text.trim();
  if (needsEncoding(value)) return foldedField(name, encodedWords(value, FOLDED_LINE - name.length - 2));
  if (name.length + 2 + value.length <= LINE) return value === "" ? `${name}:\r\n` : `${name}: ${value}\r\n`;
  const words = foldingWords(value);
  const fits = words.every((word) => word.length <= LONGEST_WORD);
  return foldedField(name, fits ? words : encodedWords(value, FOLDED_LINE - name.length - 2));
}

/** Text for programs, such as ids and URLs, where an encoded word would mean nothing (RFC 2047 5). Throws ComposeError. */
export function verbatimField(name: string, text: string): string {
  const value = text.trim().replaceAll("\t", " ");
  if (/[^\x20-\x7e]/.test(value)) throw new ComposeError(`header ${name} holds more than printable ASCII`);
  if (name.length + 2 + value.length <= FOLDED_LINE && value !== "") return `${name}: ${value}\r\n`;
  const words = foldingWords(value);
  if (words.some((word) => word.length > LONGEST_WORD))
    throw new ComposeError(`header ${name} holds a word of more than ${LONGEST_WORD} characters`);
  return foldedField(name, words);
}

/** A field out of words that stay whole, with a space or a fold between them. */
export function foldedField(name: string, words: readonly string[]): string {
  let folded = "";
  let line = `${name}:`;
  for (const word of words) {
    if (line.length + 1 + word.length > FOLDED_LINE) {
      folded += `${line}\r\n`;
      line = "";
    }
    line += ` ${word}`;
  }
  return `${folded}${line}\r\n`;
}

/** Folds only at single spaces: readers differ in what they make of a longer run of white space around a fold. */
function foldingWords(value: string): string[] {
  return value.split(/(?<! ) (?! )/);
}
