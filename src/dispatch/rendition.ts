/** A message's bytes as they go out, made for whoever wants to read them: nothing is sent, and nothing is fetched. */
import { UnsubscribeLinks } from "../bounces/unsubscribe-link.ts";
import type { Config } from "../config.ts";
import type { Database } from "../db/database.ts";
import { AppError } from "../errors.ts";
import { ComposeError, compose } from "../mime/compose.ts";
import { isInline } from "../queue/message.ts";
import { readWritten, type Written } from "../queue/written.ts";
import type { Vault } from "../security/vault.ts";
import { type LetterOptions, letter, unsubscribeLink } from "./letter.ts";
import { rawLetter } from "./raw-letter.ts";

/** Names a file that is brought when the message goes, and is not in the rendition. */
const OMITTED = "X-Mail-Proxy-Omitted";

export interface RenditionOptions {
  db: Database;
  config: Pick<Config, "trackingHeaders">;
  vault: Vault;
}

/** By the message's number; undefined where nothing of what it says is kept. */
export function renditions({ db, config, vault }: RenditionOptions) {
  const links = new UnsubscribeLinks(vault);
  return async (seq: number): Promise<Uint8Array | undefined> => {
    const written = await readWritten(db, seq);
    if (written === undefined) return undefined;
    const { asciiAttachments } = written;
    const link = await unsubscribeLink(written, links);
    return rendered(written, { trackingHeaders: config.trackingHeaders, asciiAttachments, unsubscribeLink: link });
  };
}

function rendered(written: Written, options: LetterOptions): Uint8Array {
  const { content } = written;
  if (content.raw !== undefined) return rawLetter(written, content.raw, options).bytes;
  const files = content.attachments ?? [];
  const mail = letter({ ...written, content: { ...content, attachments: files.filter(isInline) } }, options);
  const omitted = files.filter((file) => !isInline(file)).map(({ filename }) => [OMITTED, filename] as const);
  try {
    return compose({ ...mail, headers: [...mail.headers, ...omitted] }).bytes;
  } catch (error) {
    if (error instanceof ComposeError)
      throw new AppError("conflict", `no mail can be made of this message: ${error.message}`, { cause: error });
    throw error;
  }
}
