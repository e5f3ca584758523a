/** How a message stands, in words: what is so, why, and what happens next by itself. */
import type { Child } from "hono/jsx";
import type { MessageEvent, OneMessage } from "../../client/types.ts";
import { Badge } from "../parts/badge.tsx";
import { Time } from "../parts/time.tsx";
import { Obstacle } from "./obstacle.tsx";
import { isWaiting, type Waits } from "./waits.ts";

interface StandingProps {
  message: OneMessage;
  waits: Waits;
}

export function Standing({ message, waits }: StandingProps) {
  const { status, outcome_unknown, expires_ts } = message;
  return (
    <div class="card standing">
      <p>
        <Badge state={status} />
      </p>
      <p>{WORDS[status](message)}</p>
      <Obstacle message={message} waits={waits} />
      {isWaiting(message) && expires_ts !== null && (
        <p class="soft">
          It is given up at <Time ts={expires_ts} />, if no server has taken it by then.
        </p>
      )}
      {outcome_unknown && (
        <p class="warning">
          A connection broke off behind the message and before the server's answer: the server may have taken it, and
          then a second copy is possible, with the same Message-ID.
        </p>
      )}
      <CameBack events={message.events} />
    </div>
  );
}

const WORDS: Record<OneMessage["status"], (message: OneMessage) => Child> = {
  pending: () => "It waits in line, and goes as soon as its account can send it.",
  deferred: (message) => <Deferred message={message} />,
  sending: ({ attempts, smtp_ts }) => (
    <>
      It is being sent: attempt {attempts + 1}, since <Time ts={smtp_ts} />. Should the process that sends it die, it
      goes on by itself a few minutes later.
    </>
  ),
  sent: (message) => <Sent message={message} />,
  error: ({ attempts, error, error_ts }) => (
    <>
      It was given up at <Time ts={error_ts} />, {attempts === 0 ? "before any attempt" : `after ${times(attempts)}`}:{" "}
      {error ?? "nothing says why"}. Nothing more happens by itself.
    </>
  ),
  canceled: () =>
    "It was canceled before a server took it. Nothing more happens by itself; it can still be sent again.",
};

function Deferred({ message: { attempts, deferred_ts, error, events } }: { message: OneMessage }) {
  const until = deferred_ts === null ? "for now" : <Time ts={deferred_ts} />;
  const last = events.findLast(({ event }) => event === "deferred");
  if (last?.deferred_reason === "rate_limit" && (last.deferred_ts ?? 0) >= (deferred_ts ?? 0))
    return (
      <>
        A limit of its account or tenant holds it back until <Time ts={last.deferred_ts} />.
      </>
    );
  if (attempts === 0 && error === null) return <>It waits until {until}, as its application wished.</>;
  return (
    <>
      It waits until {until} for its {ordinal(attempts + 1)} attempt. What went wrong with the last one:{" "}
      {error ?? last?.deferred_reason ?? "nothing says so"}.
    </>
  );
}

function Sent({ message: { recipients, sent_ts } }: { message: OneMessage }) {
  const taken = recipients.filter(({ status }) => status === "sent").length;
  const whom =
    taken === recipients.length ? "for all its recipients" : `for ${taken} of ${recipients.length} recipients`;
  return (
    <>
      A server took it {recipients.length === 1 ? "" : `${whom} `}at <Time ts={sent_ts} />.
      {taken < recipients.length && " The others were refused: sent again, it goes to those alone."}
    </>
  );
}

/** What was heard of it after a server had taken it. */
function CameBack({ events }: { events: readonly MessageEvent[] }) {
  const last = events.findLast(({ event }) => event === "bounce" || event === "complaint");
  if (last === undefined) return null;
  const what = last.event === "bounce" ? "It came back" : "A recipient complained of it";
  return (
    <p class="warning">
      {what} at <Time ts={last.event_ts} />: {last.bounce_reason ?? last.complaint_reason ?? "nothing says why"}
    </p>
  );
}

function times(attempts: number): string {
  return attempts === 1 ? "one attempt" : `${attempts} attempts`;
}

const ORDINALS = ["first", "second", "third", "fourth", "fifth", "sixth"];

function ordinal(n: number): string {
  return ORDINALS[n - 1] ?? `${n}th`;
}
