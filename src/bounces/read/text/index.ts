/** Bounces without a delivery status: what a mail system says in a text, for people alone. */
import type { DeliveryNotice, RecipientNotice } from "../../notice.ts";
import { actionOfMail } from "../action.ts";
import { isFromMailSystem } from "../evidence.ts";
import type { Mail } from "../mail.ts";
import { originalOf } from "../original.ts";
import { oneLine, reasonOf } from "../reason.ts";
import { codesOf } from "../status.ts";
import { entriesOf } from "./entries.ts";
import { type Entry, reportOf, tellingWords } from "./report.ts";

const TROUBLE =
  /fail|undeliver|(?:not|n['’]t|unable to|cannot) (?:be |been |yet been )?(?:deliver|reach)|did not reach|returned|reject|delay|deferred|fatal error|still trying|unzustellbar|nicht zugestellt|non remis|non .{0,20}(?:consegnat|recapitat)|mancata consegna|no .{0,20}entrega/i;

export function readTextBounce(mail: Mail): DeliveryNotice | undefined {
  if (!isFromMailSystem(mail)) return undefined;
  const report = reportOf(mail);
  if (!TROUBLE.test(`${mail.subject} ${report.words}`)) return undefined;
  const entries = entriesOf(mail, report);
  const action = actionOfMail(mail.subject, report.words);
  // Whom it is about may still be known: where the message that is pointed at has one recipient.
  const told = entries.length > 0 ? entries : [{ address: undefined, words: tellingWords(report.words) }];
  return {
    kind: "delivery",
    original: originalOf(mail),
    recipients: told.map((entry) => recipientOf(entry, action)),
  };
}

function recipientOf(
  entry: Omit<Entry, "address"> & { address: string | undefined },
  ofMail: RecipientNotice["action"],
): RecipientNotice {
  const action = entry.action ?? ofMail;
  return {
    finalRecipient: entry.address,
    originalRecipient: entry.original,
    action,
    ...codesOf(action, undefined, entry.words),
    reason: reasonOf(entry.words) || oneLine(action),
  };
}
