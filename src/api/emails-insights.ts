/** What of an email may keep it from arriving, or from being read, by the email alone: a list of rules, each a pure look at it. */
import { comparableOrNothing } from "../addresses/comparable.ts";
import { isUnsubscribeField } from "../mime/headers.ts";

export interface Insight {
  code: string;
  message: string;
  /** `info`: worth a thought, and often right as it is. */
  severity: "warning" | "info";
}

/** What the rules look at. */
export interface Draft {
  from: string;
  to: readonly string[];
  subject: string;
  html: string | null;
  text: string | null;
  /** Texts of a ready-made mail that was too long to be read are not missing. */
  knowsTexts: boolean;
  /** Names of all header fields that tell how to unsubscribe or that it is bulk, in any case. */
  headers: readonly string[];
  /** It has a link to unsubscribe of ours. */
  hasUnsubscribeLink: boolean;
  files: readonly string[];
  /** Of everything, in characters, files as base64. */
  size: number;
  /** Addresses that the account sends as, its user among them. */
  accountAddresses: readonly (string | null)[];
}

/** Gmail cuts off what comes behind that, the link to unsubscribe with it. */
const LONGEST_HTML = 102_000;
/** Many servers take 10 MB, and base64 makes a third more of a file. */
const LARGEST = 10 * 1024 * 1024;
/** Whoever is in To sees all the others. */
const MOST_VISIBLE = 10;
/** RFC 5322 2.1.1 has no such limit for what is folded; mail programs show about so much. */
const LONGEST_SUBJECT = 100;
/** What mail servers refuse in whatever wrapping, Gmail and Outlook among them. */
const EXECUTABLE = /\.(?:exe|bat|cmd|com|scr|js|jar|vbs|msi|ps1|lnk|iso|apk|dll|hta)$/i;
/** In many languages the word itself or its stem, in links and beside them. */
const SPEAKS_OF_UNSUBSCRIBING =
  /unsubscri|opt-?out|abmelden|abbestell|désinscri|desinscri|disiscri|cancelar (?:la )?suscrip|afmelden/i;
const BULK_FIELD = /^(?:list-id|precedence|feedback-id|x-campaign.*)$/i;
const PICTURE = /<img\b/i;
/** None reaches over the beginning of another: HTML that opens many and closes none takes no longer for it. */
const TAG = /<[^<>]*>/g;
/** A picture and fewer words than that are what filters take for spam. */
const FEWEST_CHARACTERS = 40;

type Rule = (draft: Draft) => Omit<Insight, "code"> | undefined;

const warning = (message: string) => ({ message, severity: "warning" }) as const;
const info = (message: string) => ({ message, severity: "info" }) as const;

const RULES: Record<string, Rule> = {
  missing_text_body: ({ html, text, knowsTexts }) =>
    knowsTexts && html !== null && isBlank(text)
      ? warning("There is HTML and no plain text: filters hold that against a mail, and some readers show nothing.")
      : undefined,
  missing_html_body: ({ html, text, knowsTexts }) =>
    knowsTexts && isBlank(html) && !isBlank(text)
      ? info("There is plain text alone: readers show it as it is.")
      : undefined,
  empty_body: ({ html, text, knowsTexts }) =>
    knowsTexts && isBlank(html) && isBlank(text) ? warning("There is neither text nor HTML in it.") : undefined,
  missing_subject: ({ subject }) => (isBlank(subject) ? warning("The subject is empty.") : undefined),
  long_subject: ({ subject }) =>
    [...subject].length > LONGEST_SUBJECT
      ? info(`The subject has more than ${LONGEST_SUBJECT} characters: most readers cut it off.`)
      : undefined,
  missing_list_unsubscribe: (draft) =>
    looksLikeBulk(draft) && !draft.hasUnsubscribeLink && !draft.headers.some(isUnsubscribeField)
      ? warning(
          "It looks like bulk mail and has no List-Unsubscribe, which Gmail and Yahoo demand of it: send it with unsubscribe.",
        )
      : undefined,
  unaligned_from: ({ from, accountAddresses }) => {
    const domains = accountAddresses.flatMap((address) => domainOf(address) ?? []);
    const own = domainOf(from);
    return own === undefined || domains.length === 0 || domains.some((domain) => isAligned(domain, own))
      ? undefined
      : warning(`It is from ${own}, and its account sends for ${domains[0]}: SPF, DKIM or DMARC may fail.`);
  },
  large_html: ({ html }) =>
    (html?.length ?? 0) > LONGEST_HTML ? warning("The HTML is over 102 kB: Gmail cuts off the rest.") : undefined,
  large_email: ({ size }) =>
    size > LARGEST ? warning("It is over 10 MB: many servers refuse it. Send a link instead of the file.") : undefined,
  many_visible_recipients: ({ to }) =>
    to.length > MOST_VISIBLE
      ? warning(`${to.length} recipients stand in To, each of whom sees all the others: send one email each.`)
      : undefined,
  executable_attachment: ({ files }) => {
    const [file] = files.filter((name) => EXECUTABLE.test(name));
    return file === undefined ? undefined : warning(`Many servers refuse files of this kind: ${file}`);
  },
  image_only: ({ html }) =>
    html !== null && PICTURE.test(html) && html.replace(TAG, "").trim().length < FEWEST_CHARACTERS
      ? warning("The HTML is a picture and hardly a word: filters take that for spam.")
      : undefined,
  no_reply_address: ({ from }) =>
    /^(?:no|do-?not)[._-]?reply/i.test(addressOf(from))
      ? info("It is from an address that takes no answer.")
      : undefined,
};

/** In the order of the rules. */
export function insights(draft: Draft): Insight[] {
  return Object.entries(RULES).flatMap(([code, rule]) => {
    const found = rule(draft);
    return found === undefined ? [] : [{ code, ...found }];
  });
}

function looksLikeBulk({ headers, html, text }: Draft): boolean {
  return headers.some((name) => BULK_FIELD.test(name)) || SPEAKS_OF_UNSUBSCRIBING.test(html ?? text ?? "");
}

function isBlank(text: string | null): boolean {
  return text === null || text.trim() === "";
}

/** The bare address, of what was checked when it came in. */
function addressOf(from: string): string {
  return /<([^<>]*)>\s*$/.exec(from)?.[1] ?? from.trim();
}

/** Undefined of a user that is no address, and of nothing. */
function domainOf(address: string | null): string | undefined {
  return comparableOrNothing(addressOf(address ?? ""))
    ?.split("@")
    .at(-1);
}

/** RFC 7489 3.1, as nearly as it can be told without the list of public suffixes: one is the other, or stands below it. */
function isAligned(one: string, other: string): boolean {
  return one === other || one.endsWith(`.${other}`) || other.endsWith(`.${one}`);
}
