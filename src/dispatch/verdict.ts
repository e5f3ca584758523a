/** Whom an outcome speaks of, the message or the server behind the account: a pure decision that comes before retry.ts. */
import type { AccountFault, RecipientOutcome, Refused, Reply, SendOutcome } from "../smtp/outcome.ts";
import type { AttemptOutcome } from "./retry.ts";
import type { Feedback } from "./throttle.ts";

export type Verdict =
  /** retry.ts says what becomes of the message; `feedback` is what the server thinks of our pace, where it said. */
  | { about: "message"; outcome: AttemptOutcome; feedback: Feedback | undefined }
  /** Nothing of this account will do until somebody or time mends it. */
  | { about: "account"; fault: AccountFault }
  /**
   * The server put off everything before it had anything of the message: too much at once (`load`), or its disk is full
   * (`room`). Another message may fare better: a large one is told of a full disk where a small one still fits (RFC 1870 6.1).
   */
  | { about: "load" | "room"; fault: AccountFault; outcome: AttemptOutcome };

/** RFC 4954 6: authentication required; RFC 3207 4: STARTTLS required. */
const LOGIN_WANTED = 530;
/** RFC 5321 4.2.2: the server closes the connection, or wants to. */
const CLOSING = 421;
/** RFC 5321 4.2.2: insufficient system storage. At RCPT it speaks of recipients: too many (4.5.3.1.10), or a full mailbox. */
const NO_ROOM = 452;
/** RFC 3463 3.4: X.3.1 is a full mail system. */
const SYSTEM_FULL = /^4\.3\./;

export function judge(outcome: SendOutcome): Verdict {
  if (outcome.kind === "account_fault") return { about: "account", fault: outcome };
  const refused = refusalOfAll(outcome);
  if (refused !== undefined) {
    const { stage, reply } = refused;
    const fault: AccountFault = { kind: "account_fault", stage, reply, error: inWords(reply) };
    if (reply.code === LOGIN_WANTED) return { about: "account", fault };
    if (reply.code === CLOSING) return { about: "load", fault, outcome };
    if (isFullDisk(refused)) return { about: "room", fault, outcome };
  }
  return { about: "message", outcome, feedback: feedbackOf(outcome) };
}

/** The one refusal that every recipient had before there was any talk of the message's content. */
function refusalOfAll(outcome: AttemptOutcome): Refused | undefined {
  if (outcome.kind !== "answered") return undefined;
  const [first] = outcome.recipients;
  if (first?.kind !== "refused") return undefined;
  const same = (to: RecipientOutcome) => to.kind === "refused" && isEarly(to) && to.reply.code === first.reply.code;
  return outcome.recipients.every(same) ? first : undefined;
}

function isEarly({ stage }: Refused): boolean {
  return stage === "mail" || stage === "rcpt";
}

function isFullDisk({ stage, reply: { code, enhanced = "4.3.1" } }: Refused): boolean {
  return stage === "mail" && code === NO_ROOM && SYSTEM_FULL.test(enhanced);
}

function feedbackOf(outcome: AttemptOutcome): Feedback | undefined {
  if (!("recipients" in outcome)) return undefined;
  const codes = outcome.recipients.map(({ reply }) => reply.code);
  if (codes.includes(CLOSING)) return "busy";
  if (outcome.kind === "lost") return "deferred";
  return codes.every((code) => code >= 400 && code < 500) ? "deferred" : "taken";
}

function inWords({ code, enhanced, text }: Reply): string {
  return [code, enhanced, text].filter(Boolean).join(" ");
}
