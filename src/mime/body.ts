/** The body of a mail as a tree of MIME parts: mixed(alternative(text, related(html, inline parts)), attachments). */
import { attachmentPart, contentIdOf } from "./attachment-part.ts";
import type { Mail } from "./mail.ts";
import { boundaryFor, type Entity, multipart } from "./multipart.ts";
import { textPart } from "./text-part.ts";

/** Of these kinds only the levels that the mail needs. Throws ComposeError. */
export function bodyEntity(mail: Mail): Entity {
  const html = mail.html === undefined || mail.html === "" ? undefined : mail.html;
  // A mail with neither is an empty text; an empty text beside HTML would be shown instead of it.
  const text = html === undefined || mail.text ? textPart("plain", mail.text ?? "") : undefined;
  const page = html === undefined ? undefined : textPart("html", html);
  const shown = html === undefined || mail.attachments.length === 0 ? new Set<string>() : contentIdsIn(html);
  const entities = (isShown: boolean) =>
    mail.attachments
      .filter((part) => shown.has(contentIdOf(part) ?? "") === isShown)
      .map((part) => attachmentPart(part, isShown, mail.asciiAttachments === true));
  const inline = entities(true);
  const attached = entities(false);

  const leaves = [text, page, ...inline, ...attached].filter((entity) => entity !== undefined);
  if (leaves.length === 1) return leaves[0]!;
  return tree(boundaryFor(mail.boundarySeed, leaves), text, page, inline, attached);
}

function tree(
  boundary: string,
  text: Entity | undefined,
  page: Entity | undefined,
  inline: readonly Entity[],
  attached: readonly Entity[],
): Entity {
  const wrapped = (subtype: string, entities: readonly Entity[], parameters?: string[]) =>
    entities.length === 1 ? entities[0]! : multipart(subtype, boundary, entities, parameters);
  // RFC 2387 3.1: related names the type of its root, which is its first part.
  const related = page && wrapped("related", [page, ...inline], ['type="text/html"']);
  // RFC 2046 5.1.4: the best alternative comes last.
  const content = wrapped(
    "alternative",
    [text, related].filter((entity) => entity !== undefined),
  );
  return wrapped("mixed", [content, ...attached]);
}

/** The ids of all `cid:` URLs (RFC 2392) in the HTML, as they stand and with percent-escapes read. */
function contentIdsIn(html: string): Set<string> {
  const ids = new Set<string>();
  for (const [, id] of html.matchAll(/cid:([^\s"'<>()]+)/gi)) {
    ids.add(id!);
    ids.add(percentDecoded(id!));
  }
  return ids;
}

function percentDecoded(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id; // A percent sign that escapes nothing stands for itself.
  }
}
