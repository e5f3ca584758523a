/** What became of messages in a span of time, in a line of numbers. */
import type { Figures } from "../../client/types.ts";
import { countText, secondsText } from "./numbers.ts";

export function Totals({ totals }: { totals: Figures["totals"] }) {
  const { sent, failed, deferred, rate_limited, bounced, complained, p50_seconds, p99_seconds } = totals;
  const numbers: [name: string, number: string][] = [
    ["sent", countText(sent)],
    ["failed", countText(failed)],
    ["deferred", countText(deferred)],
    ["held back by a limit", countText(rate_limited)],
    ["bounced", countText(bounced)],
    ["complained of", countText(complained)],
    ["half within (p50)", secondsText(p50_seconds)],
    ["99 of 100 within (p99)", secondsText(p99_seconds)],
  ];
  return (
    <dl class="totals">
      {numbers.map(([name, number]) => (
        <div>
          <dt>{name}</dt>
          <dd>{number}</dd>
        </div>
      ))}
    </dl>
  );
}
