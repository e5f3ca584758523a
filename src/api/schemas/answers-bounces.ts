/** What is answered about mail that came back. */
import * as v from "valibot";
import { answerOf, maybeText } from "./answers.ts";

/** `kind`: what the mail is, whether something came of it or not. */
export const BounceRead = answerOf({
  kind: v.picklist(["delivery", "feedback", "pec", "auto_reply", "other"]),
  events: v.array(
    v.strictObject({
      tenant_id: v.string(),
      event: v.string(),
      id: v.string(),
      pk: v.string(),
      recipient: maybeText,
      repeated: v.boolean(),
    }),
  ),
  ignored: v.array(v.strictObject({ recipient: maybeText, reason: v.string() })),
});
