/** What a setting may be: a text, as environments and bindings hold it, checked and converted. */
import * as v from "valibot";

/** Timers count milliseconds in 31 bits; a longer one would fire at once. */
const LONGEST_TIMER_SECONDS = Math.floor((2 ** 31 - 1) / 1000);
/** After a message's final dot a reply may take five times as long as any other. */
export const LONGEST_REPLY_SECONDS = Math.floor(LONGEST_TIMER_SECONDS / 5);
export const YEAR_SECONDS = 365 * 86_400;

export const text = v.pipe(v.string(), v.minLength(1, "some text"));

export const flag = v.pipe(
  v.string(),
  v.toLowerCase(),
  v.picklist(["1", "0", "true", "false", "yes", "no", "on", "off"], "true or false"),
  v.transform((word) => ["1", "true", "yes", "on"].includes(word)),
);

export const whole = (least: number, most = 2 ** 31) =>
  within(/^\d+$/, least, most, `a whole number from ${least} to ${most}`);

export const seconds = (least: number, most = LONGEST_TIMER_SECONDS) =>
  within(/^\d+(\.\d+)?$/, least, most, `seconds from ${least} to ${most}`);

function within(form: RegExp, least: number, most: number, allowed: string) {
  return v.pipe(
    v.string(),
    v.regex(form, allowed),
    v.transform(Number),
    v.minValue(least, allowed),
    v.maxValue(most, allowed),
  );
}

/** Comma-separated. */
export const list = v.pipe(
  v.string(),
  v.transform((items) =>
    items
      .split(",")
      .map((item) => item.trim())
      .filter((item) => item !== ""),
  ),
);

export const secondsList = (most: number) =>
  v.pipe(list, v.array(within(/^\d+$/, 0, most, `comma-separated whole seconds from 0 to ${most} (a year)`)));

export const url = (form: RegExp, allowed: string) => v.pipe(v.string(), v.regex(form, allowed));
