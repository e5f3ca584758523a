/** What has become of a recipient: the Action field (RFC 3464 2.3.3) and the words of those who write none. */
import type { RecipientNotice } from "../notice.ts";
import { speaksFirst } from "./evidence.ts";

type Action = RecipientNotice["action"];

const ACTIONS: readonly (readonly [start: RegExp, action: Action])[] = [
  [/^\W*(?:fail|error|undeliver|bounce|reject)/i, "failed"],
  [/^\W*(?:delay|defer|warn)/i, "delayed"],
  [/^\W*relay/i, "relayed"],
  [/^\W*expand/i, "expanded"],
  [/^\W*(?:deliver|success)/i, "delivered"],
];
const BY_CLASS: Record<string, Action> = { "2": "delivered", "4": "delayed", "5": "failed" };

const DELAY =
  /warning (?:message )?only|has(?: not|n['’]t) yet been delivered|not been delivered to .{0,80} after|(?:has been|is|was) (?:delayed|deferred)|still (?:being )?(?:tried|trying|undelivered|in the queue)|will (?:be retried|(?:continue|keep) (?:to )?try)|do not need to resend|delivery (?:delayed|incomplete)|temporary problem delivering/i;
const SUBJECT_OF_DELAY = /\b(?:delay(?:ed)?|deferred|warning|incomplete|zustellverzögerung|ritardo|en attente)\b/i;
const SUBJECT_OF_FAILURE = /fail|undeliver|not delivered|returned|reject|unzustellbar/i;
const SUBJECT_OF_SUCCESS = /\b(?:success(?:ful(?:ly)?)?|relayed|delivered|relay)\b/i;

/** By the field, else by the class of the status, else as the mail as a whole says. */
export function actionOf(field: string | undefined, status: string | undefined, ofMail: Action): Action {
  const action = ACTIONS.find(([start]) => start.test(field ?? ""))?.[1];
  return action ?? BY_CLASS[/^\D*([245])\./.exec(status ?? "")?.[1] ?? ""] ?? ofMail;
}

/** What a mail without any such field speaks of. */
export function actionOfMail(subject: string, report: string): Action {
  if (DELAY.test(report) || speaksFirst(subject, SUBJECT_OF_DELAY, SUBJECT_OF_FAILURE)) return "delayed";
  return "failed";
}

/** Only of a delivery status, where the subject says `Success` or `Relayed`: a text alone confirms nothing. */
export function actionOfStatus(subject: string, report: string): Action {
  if (!speaksFirst(subject, SUBJECT_OF_SUCCESS, SUBJECT_OF_FAILURE)) return actionOfMail(subject, report);
  return /relay/i.test(subject) ? "relayed" : "delivered";
}
