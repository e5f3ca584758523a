/** What requests about the suppression list carry. */
import * as v from "valibot";
import { comparable } from "../../addresses/comparable.ts";
import { SUPPRESSION_SOURCES } from "../../db/suppressions.ts";
import { reason as inWords } from "../../errors.ts";
import { page } from "./queries.ts";
import { id, line, moment, object, oneLine } from "./values.ts";

/** In one call; more of them come as CSV. */
const MOST = 10_000;
/** A server's words fit, and are cut where they are longer. */
const LONGEST_REASON = 500;

const source = v.picklist(SUPPRESSION_SOURCES);

/** A bare address; any spelling of it will do. */
const address = v.pipe(
  oneLine,
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    try {
      comparable(dataset.value);
    } catch (error) {
      addIssue({ message: inWords(error) });
    }
  }),
);

const reason = v.pipe(
  v.string(),
  v.transform(
    (given) =>
      given
        .toWellFormed()
        .replace(/[\s\p{Cc}]+/gu, " ")
        .trim()
        .slice(0, LONGEST_REASON) || null,
  ),
);

export const SuppressionQuery = v.strictObject({
  tenant_id: v.optional(id),
  q: v.optional(line(254)),
  source: v.optional(source),
  format: v.optional(v.picklist(["json", "csv"])),
  ...page,
});

const entry = {
  address,
  reason: v.nullish(reason),
  expires_ts: v.nullish(moment),
  source: v.optional(source),
};

/** One entry of a list: held against this one by one, so that none of them is in the way of the others. */
export const SuppressionEntry = object(entry);
export type SuppressionEntry = v.InferOutput<typeof SuppressionEntry>;

export const suppressionList = v.pipe(
  v.array(v.unknown()),
  v.maxLength(MOST, `must be at most ${MOST}: send more of them as CSV`),
);

/** One address with what there is to say of it, or a list of such. */
export const SuppressionInput = v.pipe(
  v.strictObject({
    tenant_id: v.nullish(id),
    ...entry,
    address: v.optional(address),
    suppressions: v.optional(suppressionList),
  }),
  v.check(
    ({ address, suppressions, reason, expires_ts, source }) =>
      (address === undefined) !== (suppressions === undefined) &&
      (suppressions === undefined || [reason, expires_ts, source].every((each) => each === undefined)),
    "must hold an address with what belongs to it, or a list of suppressions",
  ),
);
export type SuppressionInput = v.InferOutput<typeof SuppressionInput>;

export const SuppressionRemovalQuery = v.strictObject({ tenant_id: v.optional(id), address: v.optional(line(1_000)) });

export const SuppressionRemoval = v.strictObject({
  addresses: v.optional(v.pipe(v.array(line(1_000)), v.maxLength(MOST, `must be at most ${MOST}`))),
});
