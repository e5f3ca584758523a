/** One attachment as a MIME part: media type, names for new and old readers, Content-ID, and a body kept byte for byte. */
import { ComposeError } from "./compose-error.ts";
import { foldedField } from "./field.ts";
import { asciiFileName, mediaTypeOf, safeFileName } from "./file-name.ts";
import { assertOneLine } from "./headers.ts";
import type { Part } from "./mail.ts";
import { parseMediaType } from "./media-type.ts";
import type { Entity } from "./multipart.ts";
import { encodedWordParameter, parameter } from "./parameter.ts";
import { withCrlf } from "./text-part.ts";

/** RFC 5322 2.1.1: no line over 998. */
const LONGEST_LINE = 998;
/** Visible ASCII but angle brackets; short enough for one line. */
const CONTENT_ID = /^[!-;=?-~]{1,900}$/;

/** `shown`: the HTML names it; `ascii`: its name is to be plain ASCII. Throws ComposeError. */
export function attachmentPart(attachment: Part, shown: boolean, ascii: boolean): Entity {
  assertOneLine(attachment.filename, "a file name");
  const name = safeFileName(ascii ? asciiFileName(attachment.filename) : attachment.filename);
  const { type, parameters } = parseMediaType(attachment.contentType ?? mediaTypeOf(name));
  const encoded = encodedBody(type, attachment.content);
  const cid = contentIdOf(attachment);
  return {
    fields:
      parameterField("Content-Type", encoded.type, [
        ...parameters.flatMap(([key, value]) => oneByOne(parameter(key, value))),
        encodedWordParameter("name", name),
      ]) +
      parameterField(
        "Content-Disposition",
        attachment.disposition ?? dispositionOf(encoded.type, shown),
        oneByOne(parameter("filename", name)),
      ) +
      (cid === undefined ? "" : foldedField("Content-ID", [`<${cid}>`])) +
      `Content-Transfer-Encoding: ${encoded.encoding}\r\n`,
    body: encoded.body,
  };
}

/** The Content-ID without angle brackets. Throws ComposeError where it could not be one. */
export function contentIdOf({ contentId }: Part): string | undefined {
  if (contentId === undefined || contentId === "") return undefined;
  const bare = contentId.startsWith("<") && contentId.endsWith(">") ? contentId.slice(1, -1) : contentId;
  assertOneLine(bare, "a content id");
  if (!CONTENT_ID.test(bare)) throw new ComposeError("a content id holds more than visible ASCII, or is too long");
  return bare;
}

/** Text and messages that are inline are shown as a piece of the body, which a file with a name is not meant to be. */
function dispositionOf(type: string, shown: boolean): "attachment" | "inline" {
  return shown && !/^(?:text|message)\//.test(type) ? "inline" : "attachment";
}

/** The pieces of a continued parameter are parameters themselves (RFC 2231 3). */
function oneByOne(pieces: readonly string[]): string[][] {
  return pieces.map((piece) => [piece]);
}

/** RFC 2046 5.2.1 and RFC 2045 6.4: a message or multipart is never encoded; what cannot go as it is becomes plain data. */
function encodedBody(type: string, content: Uint8Array): { type: string; encoding: string; body: Entity["body"] } {
  const mayBeEncoded = !/^(?:multipart\/|message\/(?!global))/.test(type);
  if (mayBeEncoded) return { type, encoding: "base64", body: [{ base64: content }] };
  const text = type.startsWith("message/") ? as7bit(content) : undefined;
  if (text !== undefined) return { type, encoding: "7bit", body: [text] };
  return { type: "application/octet-stream", encoding: "base64", body: [{ base64: content }] };
}

/** An embedded message as 7bit text, if it is that: ASCII without NUL, in lines that mail can carry (RFC 2045 2.7). */
function as7bit(content: Uint8Array): string | undefined {
  if (content.some((byte) => byte === 0 || byte > 0x7e)) return undefined;
  const text = withCrlf(new TextDecoder().decode(content));
  return text.split("\r\n").some((line) => line.length > LONGEST_LINE) ? undefined : text;
}

/** `parameters` each as the words that a fold may come between; a semicolon stands before each of them. */
function parameterField(name: string, value: string, parameters: readonly string[][]): string {
  const words = [value];
  for (const parameter of parameters) {
    words[words.length - 1] += ";";
    words.push(...parameter);
  }
  return foldedField(name, words);
}
