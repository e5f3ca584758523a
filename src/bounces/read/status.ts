/** The status (RFC 3463) and the SMTP code of one recipient, from what is claimed and from the server's words. */
import type { RecipientNotice } from "../notice.ts";
import { LONGEST_WORDS } from "./limits.ts";
import { oneLine } from "./reason.ts";
import { meaningOf } from "./status-words.ts";

type Action = RecipientNotice["action"];

/** RFC 3463 2 knows three classes and eight subjects, so that this is no version of some software and no IP address. */
const STATUS = /(?<![\d.])([245]\.[0-7]\.\d{1,3})(?!\d|\.\d)/;
const CODE_AND_STATUS = /(?<!\d)([245]\d\d)[ -]#?\(?[245]\.[0-7]\.\d{1,3}(?!\d|\.\d)/;
/** A reply's code stands at the start, or behind what announces it; elsewhere three digits are a size, a port or a time. */
const CODE =
  /(?:^|[#:;>('"] ?|<<< |\bsaid |\bcode |\berror |\bwith |\breturned |\bresponse )(?:smtp; ?)?([245]\d\d)(?=[ :;.,)'"-]|$)(?! ?(?:seconds|minutes|hours|bytes|kb|mb)\b)/i;
const GENERIC = /\.0\.0$/;

export interface Codes {
  status?: string | undefined;
  smtpCode?: number | undefined;
}

/** `claimed` is the Status field (RFC 3464 2.3.4), if there is one; `words` is anything that the server said. */
export function codesOf(action: Action, claimed: string | undefined, words: string): Codes {
  const line = oneLine(words, LONGEST_WORDS);
  const smtpCode = replyCodeIn(line);
  const told = [claimed?.slice(0, LONGEST_WORDS), line]
    .map((text) => statusIn(text ?? ""))
    .filter((status) => status !== undefined)
    .filter((status) => isOfAction(status, action));
  return { smtpCode, status: told.find((status) => !GENERIC.test(status)) ?? refined(action, told[0], smtpCode, line) };
}

function statusIn(text: string): string | undefined {
  return STATUS.exec(text)?.[1];
}

function replyCodeIn(line: string): number | undefined {
  const found = CODE_AND_STATUS.exec(line)?.[1] ?? CODE.exec(line)?.[1];
  return found === undefined ? undefined : Number(found);
}

/** RFC 3464 2.3.3: only a failure and a delay have a class other than 2. */
function isOfAction(status: string, action: Action): boolean {
  return status.startsWith("2") === (action !== "failed" && action !== "delayed");
}

/** `5.0.0` says nothing that the words do not say better. */
function refined(action: Action, generic: string | undefined, smtpCode = 0, line: string): string | undefined {
  const meaning = action === "failed" || action === "delayed" ? meaningOf(line) : undefined;
  if (meaning === undefined) return generic;
  const replied = Math.floor(smtpCode / 100);
  const claimed = generic?.charAt(0);
  const told = replied === 4 || replied === 5 ? replied : (claimed ?? (action === "delayed" ? 4 : meaning.class));
  return `${told}.${meaning.detail}`;
}
