/** Limits as bars, each with its numbers in words: how much of it is used up now. */
import { countText } from "./numbers.ts";

export interface Window {
  name: "minute" | "hour" | "day";
  used: number;
  limit: number | null;
}

export function Limits({ of, windows }: { of: string; windows: readonly Window[] }) {
  return (
    <ul class="limits">
      {windows.map((window) => (
        <li>
          <Limit of={of} {...window} />
        </li>
      ))}
    </ul>
  );
}

const SPAN = { minute: "a minute", hour: "an hour", day: "a day" } as const;

/** Nearly used up. */
const HIGH = 0.9;

function Limit({ of, name, used, limit }: Window & { of: string }) {
  if (limit === null)
    return (
      <span class="soft">
        {countText(used)} in {SPAN[name]}, no limit
      </span>
    );
  return (
    <>
      <meter
        min={0}
        max={limit}
        value={Math.min(used, limit)}
        high={limit * HIGH}
        optimum={0}
        aria-label={`Limit of ${of} in ${SPAN[name]}: ${used} of ${limit} used`}
      />
      <span>
        {countText(used)} of {countText(limit)} in {SPAN[name]}
        {used >= limit && <strong> (used up)</strong>}
      </span>
    </>
  );
}
