/** What can be done with one message, as it stands. */
import type { OneMessage } from "../../client/types.ts";
import { Action } from "../parts/action.tsx";
import { hrefOf } from "./links.ts";
import { isWaiting } from "./waits.ts";

export function Actions({ message, back }: { message: OneMessage; back: string }) {
  const { pk, status, recipients } = message;
  const to = (deed: string) => `${hrefOf(pk)}/${deed}`;
  const isPartlySent = status === "sent" && recipients.some((recipient) => recipient.status === "error");
  const canRetry = status === "error" || status === "canceled" || status === "deferred" || isPartlySent;
  return (
    <div class="row actions">
      {canRetry && (
        <Action to={to("retry")} fields={{ back }} kind="primary">
          {status === "deferred" ? "Send now" : "Send again"}
        </Action>
      )}
      {isWaiting(message) && (
        <Action to={to("cancel")} fields={{ back }}>
          Cancel
        </Action>
      )}
      {status !== "sending" && (
        <Action
          to={to("delete")}
          fields={{ back }}
          kind="danger"
          confirm="Delete this message? Nobody is told, and it cannot be taken back."
        >
          Delete
        </Action>
      )}
    </div>
  );
}
