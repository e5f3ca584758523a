/** What figures over time are asked for. */
import * as v from "valibot";
import { id, moment, wholeText } from "./values.ts";

/** A step is whole minutes; a year of them is more than is kept. */
const LONGEST_STEP_SECONDS = 31_536_000;

export const FiguresQuery = v.strictObject({
  tenant_id: v.optional(id),
  account_id: v.optional(id),
  since: v.optional(moment),
  until: v.optional(moment),
  step: v.optional(wholeText(1, LONGEST_STEP_SECONDS)),
});
