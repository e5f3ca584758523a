/** Reads a media type as an application or a web server gives it (RFC 2045 5.1), so that it can be written correctly. */
import { ComposeError } from "./compose-error.ts";
import { assertOneLine } from "./headers.ts";

export interface MediaType {
  /** `type/subtype`, in lower case. */
  type: string;
  parameters: [name: string, value: string][];
}

/** RFC 6838 4.2 has names of at most 127 characters. */
const TYPE = /^\s*([a-z0-9][\w!#$&^.+-]{0,126}\/[a-z0-9][\w!#$&^.+-]{0,126})\s*(?=;|$)/i;
/** No media type is longer, and a pattern with alternatives costs memory by the length of its text. */
const LONGEST = 1000;
const PARAMETER = /;\s*(?:([\w!#$&^.+*-]{1,40})=(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))\s*)?/y;

/** Throws ComposeError. A `name` is left out: the file name is told by its own parameter. */
export function parseMediaType(text: string): MediaType {
  assertOneLine(text, "a content type");
  if (text.length > LONGEST) throw notOne(text);
  const [head, type] = TYPE.exec(text) ?? [];
  if (head === undefined || type === undefined) throw notOne(text);
  const parameters: MediaType["parameters"] = [];
  for (let at = head.length; at < text.length; at = PARAMETER.lastIndex) {
    PARAMETER.lastIndex = at;
    const match = PARAMETER.exec(text);
    if (match === null) throw notOne(text);
    const [, name, quoted, token] = match;
    // A semicolon with nothing after it is wrong and everywhere.
    if (name === undefined || /^name(?:\*|$)/i.test(name)) continue;
    if (name.includes("*")) throw notOne(text);
    parameters.push([name.toLowerCase(), token ?? quoted?.replace(/\\(.)/gsu, "$1") ?? ""]);
  }
  return { type: type.toLowerCase(), parameters };
}

function notOne(text: string): ComposeError {
  return new ComposeError(`${JSON.stringify(text.slice(0, 80))} is not a content type`);
}
