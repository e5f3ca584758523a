/** Cuts the text of address fields (RFC 5322 3.2 and 3.4) into quoted strings, comments, angle brackets, commas and the rest. */
import { AddressError } from "../addresses/addr-spec.ts";

/** `raw` is the text as it stands; `value` is what it says, without quotes, escapes and brackets. */
export interface Token {
  kind: "text" | "quoted" | "comment" | "angle" | "literal" | "comma";
  raw: string;
  value: string;
}

const CLOSES = { '"': "a quoted string", "(": "a comment", "<": "an angle bracket" } as const;
/** A domain literal, or a bracketed word of a name such as `[Support] Jane`. */
const LITERAL = /\[[^[\]<>",;()\\]*\]/y;
const TEXT = /[^"(<,[]+|\[/y;

/** Every character of the text ends in exactly one token. Throws AddressError where something stays open. */
export function tokens(text: string): Token[] {
  const found: Token[] = [];
  for (let at = 0; at < text.length; ) {
    const token = tokenAt(text, at);
    found.push(token);
    at += token.raw.length;
  }
  return found;
}

function tokenAt(text: string, at: number): Token {
  switch (text[at]) {
    case ",":
      return { kind: "comma", raw: ",", value: "," };
    case '"':
      return enclosed("quoted", text, at, endOfQuoted(text, at));
    case "(":
      return enclosed("comment", text, at, endOfComment(text, at));
    case "<":
      return enclosed("angle", text, at, endOfAngle(text, at));
    default: {
      const literal = match(LITERAL, text, at);
      if (literal !== undefined) return { kind: "literal", raw: literal, value: literal };
      const run = match(TEXT, text, at) ?? text.slice(at);
      return { kind: "text", raw: run, value: run };
    }
  }
}

function enclosed(kind: "quoted" | "comment" | "angle", text: string, start: number, end: number): Token {
  const raw = text.slice(start, end);
  const inner = raw.slice(1, -1);
  // RFC 5322 3.2.1: a backslash says that the next character is meant as it stands.
  return { kind, raw, value: kind === "angle" ? inner.trim() : inner.replace(/\\(.)/gsu, "$1") };
}

/** The offset after the closing quote. */
function endOfQuoted(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === '"') return at + 1;
  }
  throw unclosed(text, '"');
}

/** The offset after the comment; comments nest (RFC 5322 3.2.2). */
function endOfComment(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === "(") depth++;
    else if (text[at] === ")" && --depth === 0) return at + 1;
  }
  throw unclosed(text, "(");
}

/** The offset after the closing bracket; a quoted local part may hold one that does not count. */
function endOfAngle(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '"') at = endOfQuoted(text, at) - 1;
    else if (text[at] === "<") break;
    else if (text[at] === ">") return at + 1;
  }
  throw unclosed(text, "<");
}

function unclosed(text: string, opener: keyof typeof CLOSES): AddressError {
  return new AddressError(text, `${CLOSES[opener]} is not closed`);
}

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}
