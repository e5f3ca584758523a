/** The leaves of a mail's MIME tree, decoded by postal-mime, without the work that it does for whoever wants to show a mail. */
import PostalMime, { type Email } from "postal-mime";
import { MOST_HEADER_BYTES, MOST_NESTED } from "./limits.ts";

export interface Leaves {
  email: Email;
  plain: string[];
  html: string[];
}

/**
 * Takes the texts as they are found. postal-mime would turn the HTML ones into plain text and the plain ones into HTML,
 * which nobody needs here and which takes minutes for a MiB of `<a href='`. A test holds it to what this leans on.
 */
class LeafParser extends PostalMime {
  readonly plain: string[] = [];
  readonly html: string[] = [];

  addTextEntry(_node: unknown, textType: "plain" | "html", { value }: { value: string }): void {
    this[textType].push(value);
  }
}

/** Undefined where a mail is nested deeper or has more header than any honest one, which is all that the parser refuses. */
export async function parseLeaves(raw: Uint8Array): Promise<Leaves | undefined> {
  const parser = new LeafParser({
    // What was returned is evidence, not content: a leaf whatever its disposition says.
    forceRfc822Attachments: true,
    maxNestingDepth: MOST_NESTED,
    maxHeadersSize: MOST_HEADER_BYTES,
  });
  const email = await parser.parse(raw).catch(() => undefined);
  return email && { email, plain: parser.plain, html: parser.html };
}
