/** What answers are made of: the pieces that many share, and the one shape of a failure. */
import * as v from "valibot";

/** Unix seconds, UTC. */
export const seconds = v.pipe(v.number(), v.integer());
export const maybeSeconds = v.nullable(seconds);
export const maybeText = v.nullable(v.string());
export const count = v.pipe(v.number(), v.integer(), v.minValue(0));
export const maybeCount = v.nullable(count);

const ok = { ok: v.literal(true) };

/** An answer with these fields and no others. */
export const answerOf = <T extends v.ObjectEntries>(fields: T) => v.strictObject({ ...ok, ...fields });

/** The place after which the next page begins: null at the end. */
export const nextCursor = { next_cursor: maybeText };

export const Done = answerOf({});

export const Failure = v.strictObject({
  ok: v.literal(false),
  error: v.string(),
  code: v.string(),
  details: v.array(v.strictObject({ path: v.string(), message: v.string() })),
  request_id: v.string(),
  // Under /emails and /webhooks, as clients of the email API read it.
  statusCode: v.optional(v.pipe(v.number(), v.integer())),
  name: v.optional(v.string()),
  message: v.optional(v.string()),
});
export type Failure = v.InferOutput<typeof Failure>;
