/** A claimed message that came as a whole mail, as it goes out. */
import { decodeBase64 } from "hono/utils/encode";
import { unsubscribeFields } from "../bounces/unsubscribe-link.ts";
import type { Composed } from "../mime/compose.ts";
import { withAdditions } from "../mime/raw-additions.ts";
import type { Claimed } from "../queue/message.ts";
import { type LetterOptions, messageIdOf, trackingFields } from "./letter.ts";

/** The same for every attempt, as a composed letter is; `raw` is the mail in base64. */
export function rawLetter(
  claimed: Pick<Claimed, "content" | "pk" | "id" | "createdAt">,
  raw: string,
  options: Pick<LetterOptions, "trackingHeaders" | "unsubscribeLink">,
): Composed {
  return withAdditions(decodeBase64(raw), {
    fields: [...unsubscribeFields(options.unsubscribeLink), ...trackingFields(claimed, options)],
    messageId: messageIdOf(claimed),
    date: new Date(claimed.createdAt),
  });
}
