/** Reads the header of a mail that comes ready-made: which fields it has, and on which of its bytes each one stands. */
import { RawMailError } from "./raw-error.ts";

export interface RawField {
  /** In lower case. */
  name: string;
  /** Unfolded; encoded words are not decoded. */
  value: string;
  /** The bytes of the field with its continuation lines; `end` is where the next one begins. */
  start: number;
  end: number;
}

/** Far beyond what servers take, and still read in a moment. */
const MOST_BYTES = 1024 * 1024;
const LF = 10;
const CR = 13;
const TAB = 9;
const SPACE = 32;

/** RFC 5322 2.2: printable ASCII but the colon; 4.5.3: once there could be white space before the colon. */
const FIELD = /^([!-9;-~]+)[ \t]*:(.*)$/s;
/** RFC 5322 2.2.3: unfolding takes away the line end and leaves the white space after it. */
const FOLD = /\r\n(?=[ \t])/g;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The fields in their order; `mail` ends its lines in CRLF. Throws RawMailError where a line belongs to no field. */
export function readHeader(mail: Uint8Array): RawField[] {
  const fields: RawField[] = [];
  let line = 1;
  for (let start = 0; start < mail.length && mail[start] !== CR; ) {
    const firstLine = line;
    let end = endOfLine(mail, start);
    for (line++; end < mail.length && isContinued(mail[end]); line++) end = endOfLine(mail, end);
    fields.push({ ...fieldOf(mail.subarray(start, end), firstLine), start, end });
    start = end;
    if (end > MOST_BYTES) throw new RawMailError(`the header has more than ${MOST_BYTES} bytes`);
  }
  return fields;
}

/** RFC 6532 3.2: header fields that are not ASCII alone are for servers that offer SMTPUTF8. */
export function holdsUtf8(mail: Uint8Array, fields: readonly RawField[]): boolean {
  return mail.subarray(0, fields.at(-1)?.end ?? 0).some((byte) => byte > 127);
}

function endOfLine(mail: Uint8Array, start: number): number {
  const end = mail.indexOf(LF, start);
  return end === -1 ? mail.length : end + 1;
}

function isContinued(next: number | undefined): boolean {
  return next === SPACE || next === TAB;
}

function fieldOf(bytes: Uint8Array, line: number): Pick<RawField, "name" | "value"> {
  const text = decoded(bytes, line);
  const [, name, value] = FIELD.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new RawMailError(`line ${line} is no header field: ${cut(text)}`);
  return { name: name.toLowerCase(), value: value.replace(FOLD, "").trim() };
}

function decoded(bytes: Uint8Array, line: number): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new RawMailError(`line ${line} of the header is neither ASCII nor UTF-8`, { cause });
  }
}

function cut(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text.trimEnd());
}
