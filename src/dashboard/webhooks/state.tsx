/** How a webhook stands, in words: since when, what happens next by itself, and what somebody can do. */
import type { Webhook } from "../../client/types.ts";
import { DELAYS_MS, PATIENCE_MS } from "../../reports/webhooks/schedule.ts";
import { durationText, Time } from "../parts/time.tsx";
import { secondsOf } from "./links.ts";

const TRIED_SECONDS = DELAYS_MS.reduce((sum, ms) => sum + ms, 0) / 1000;

export function stateOf({ status, failing_since }: Webhook): "enabled" | "failing" | "disabled" {
  if (status === "disabled") return "disabled";
  return failing_since === null ? "enabled" : "failing";
}

export function StateInWords({ webhook }: { webhook: Webhook }) {
  const { failing_since, consecutiveFailures: failures, disabledAt, disabledReason, lastDeliveryAt } = webhook;
  switch (stateOf(webhook)) {
    case "disabled":
      return (
        <p>
          {disabledReason === null ? (
            "Somebody has disabled it."
          ) : (
            <>
              Disabled since <Time ts={secondsOf(disabledAt)} />: {disabledReason}.
            </>
          )}{" "}
          It is told nothing; what happens is kept as missed. Once it works again: enable it, then replay what it
          missed.
        </p>
      );
    case "failing":
      return (
        <p>
          It has taken nothing since <Time ts={secondsOf(failing_since)} /> ({failures}{" "}
          {failures === 1 ? "call" : "calls in a row"} failed). Each delivery is tried {DELAYS_MS.length} times within{" "}
          {durationText(TRIED_SECONDS)}; an endpoint that takes nothing for {durationText(PATIENCE_MS / 1000)} is
          disabled. The deliveries below say what it answers.
        </p>
      );
    case "enabled":
      return <p>{lastDeliveryAt === null ? "It has not been called yet." : "It takes what it is told."}</p>;
  }
}
