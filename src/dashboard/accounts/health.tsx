/** How an account does, in words: what is wrong, since when, and what happens next by itself. */
import type { Account } from "../../client/types.ts";
import { faultWords } from "../../smtp/stage-words.ts";
import { Badge } from "../parts/badge.tsx";
import { Time } from "../parts/time.tsx";

export function Health({ account }: { account: Account }) {
  const { state, suppress_send } = account;
  return (
    <>
      <Badge state={state === "ok" ? "well" : state} />{" "}
      {suppress_send && <span class="soft">Sends nothing: messages are only marked as sent. </span>}
      {state === "paused" ? <Paused account={account} /> : <LastFault account={account} />}
    </>
  );
}

function Paused({ account: { paused_by, paused_until, last_error, last_error_ts } }: { account: Account }) {
  if (paused_by === "platform") return <>Not served here: {last_error}.</>;
  if (paused_by === "hand" && paused_until === null) return <>Paused by hand until somebody resumes it.</>;
  if (paused_by === "hand")
    return (
      <>
        Paused by hand until <Time ts={paused_until} />; then it sends again.
      </>
    );
  return (
    <>
      Fault at <Time ts={last_error_ts} />: <q>{faultWords(last_error ?? "")}</q>. Tried again at{" "}
      <Time ts={paused_until} />, with one message; nothing is lost meanwhile.
    </>
  );
}

function LastFault({ account: { last_error, last_error_ts } }: { account: Account }) {
  if (last_error === null) return null;
  return (
    <span class="soft">
      Last fault <Time ts={last_error_ts} />: <q>{faultWords(last_error)}</q>
    </span>
  );
}
