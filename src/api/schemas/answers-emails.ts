/** What the email API answers: the fields that either of its clients reads. */
import * as v from "valibot";
import { answerOf, count } from "./answers.ts";

/** `replayed`: the key was there already, and this is what came of it. */
const replayed = v.optional(v.literal(true));

export const EmailTaken = answerOf({ object: v.literal("email"), id: v.string(), replayed });

/** What was taken, or why it was not, in the order of the batch; `errors` where a bare array was checked one by one. */
export const EmailsTaken = answerOf({
  object: v.literal("list"),
  data: v.array(v.union([v.strictObject({ id: v.string() }), v.strictObject({ error: v.string(), code: v.string() })])),
  errors: v.optional(v.array(v.strictObject({ index: count, message: v.string() }))),
  replayed,
});
