/** The lines that the log has of messages that came in: one for each that was taken, one for all that were not. */
import { getLogger } from "@logtape/logtape";
import { ofMessage, type StepLevel } from "../logs/steps.ts";
import type { NewMessage } from "../queue/message.ts";
import { isRejection, isTaken, type Rejection } from "./admission.ts";

const log = getLogger(["mail-proxy", "api"]);

/** `refusals`: of those that were admitted, undefined or why the queue did not take it; empty where nothing was stored. */
export function logTakenIn(
  entries: readonly (NewMessage | Rejection)[],
  refusals: readonly (string | undefined)[],
  requestId: string,
  level: StepLevel,
): void {
  const rejected = entries.filter(isRejection);
  const [first] = rejected;
  if (first !== undefined)
    log.info("{rejected} of {messages} messages were not taken, the first because of {reason} (request {request_id})", {
      ...{ event: "rejected", rejected: rejected.length, messages: entries.length, reason: first.reason },
      ...{ request_id: requestId, message_ids: rejected.flatMap(({ id }) => id ?? []) },
    });
  if (refusals.length === 0 || !log.isEnabledFor(level)) return;
  for (const [position, message] of entries.filter(isTaken).entries()) {
    const reason = refusals[position];
    if (reason === undefined) log[level](...ofMessage(message, " was accepted", { event: "accepted" }));
    else log[level](...ofMessage(message, " was not taken: {reason}", { event: "refused", reason }));
  }
}
