/**
 * How many messages of one account are sent at once: a pure function of what its server answers, as Postfix's
 * destination concurrency feedback is (qmgr's `default_destination_concurrency_*`).
 *
 * A server that takes what it gets is soon sent as much as the account allows; one that asks for less gets half of it,
 * and then a little more with every round that it takes.
 */

export interface Throttle {
  /** From 1; its whole part is how many are sent at once. */
  readonly width: number;
  /** Counts the narrowings: an answer to what was begun before the last one says nothing new. */
  readonly round: number;
  /** The server has asked for less, and the width of before is not reached again. */
  readonly careful: boolean;
  /** Messages in a row that it put off. */
  readonly deferrals: number;
}

/** `taken`: delivered, or refused for good. `deferred`: a 4xx, or a lost connection. `busy`: 421. */
export type Feedback = "taken" | "deferred" | "busy";

/** As wide as Postfix begins (`initial_destination_concurrency`): a server that never answers holds no more than that. */
export const BEGINNING: Throttle = { width: 5, round: 0, careful: false, deferrals: 0 };

/** One 4xx is about its message, as greylisting is; so many in a row are about the server. */
const DEFERRALS = 5;

/** `begunIn`: the round in which the answered message was begun; `most`: what the account allows. */
export function adjust(throttle: Throttle, feedback: Feedback, begunIn: number, most: number): Throttle {
  if (begunIn !== throttle.round) return throttle;
  if (feedback === "taken") return widened(throttle, most);
  const deferrals = throttle.deferrals + 1;
  if (feedback === "deferred" && deferrals < DEFERRALS) return { ...throttle, deferrals };
  return narrowed(throttle, Math.min(throttle.width, most) / 2);
}

/** The server refused one connection more than `connections`, which `most` messages can use. */
export function confine(throttle: Throttle, most: number): Throttle {
  return throttle.width <= most ? throttle : narrowed(throttle, most);
}

/** How many may be sent at once. */
export function widthOf({ width }: Throttle, most: number): number {
  return Math.max(1, Math.floor(Math.min(width, most)));
}

/** Twice as wide after a round that was taken; one wider where the server has complained before. */
function widened(throttle: Throttle, most: number): Throttle {
  const { width, careful } = throttle;
  const wider = Math.min(most, width + (careful ? 1 / width : 1));
  return { ...throttle, width: Math.max(1, wider), careful: careful && wider < most, deferrals: 0 };
}

function narrowed({ round }: Throttle, width: number): Throttle {
  return { width: Math.max(1, width), round: round + 1, careful: true, deferrals: 0 };
}
