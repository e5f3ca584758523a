/** Pausing an account by hand, for a while or until somebody resumes it. */
import type { Account } from "../../client/types.ts";
import { text } from "../given.ts";
import { Hidden } from "../parts/hidden.tsx";
import { fieldsOf, HERE, hrefOf } from "./links.ts";

const WHILES = [
  ["", "until it is resumed"],
  ["900", "for 15 minutes"],
  ["3600", "for an hour"],
  ["21600", "for 6 hours"],
  ["86400", "for a day"],
] as const;

export function PauseForm({ account }: { account: Account }) {
  return (
    <form method="post" action={`${HERE}/pause`} class="action row">
      <Hidden fields={{ ...fieldsOf(account), back: hrefOf(account) }} />
      <button type="submit">Pause</button>
      <label class="sr" for="seconds">
        For how long
      </label>
      <select id="seconds" name="seconds">
        {WHILES.map(([seconds, words]) => (
          <option value={seconds}>{words}</option>
        ))}
      </select>
    </form>
  );
}

/** The query of the API's; `now` in Unix milliseconds. */
export function untilIn(form: FormData, now: number): { until?: number } {
  const seconds = text(form, "seconds");
  return seconds === undefined ? {} : { until: Math.floor(now / 1000) + Number(seconds) };
}
