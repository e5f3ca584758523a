/** The recipients that a report for people names, in whichever dialect it is written. */
import { addressesIn, bareAddress } from "../address.ts";
import { MOST_RECIPIENTS } from "../limits.ts";
import type { Mail } from "../mail.ts";
import { readAlone } from "./alone.ts";
import { readBracketed } from "./bracketed.ts";
import { readExchange } from "./exchange.ts";
import { readLabelled } from "./labelled.ts";
import { type Dialect, type Entry, type Report, tellingWords } from "./report.ts";
import { readSendmail } from "./sendmail.ts";
import { readSentence } from "./sentence.ts";

/** From those that can be told by their form to those that are a guess. */
const DIALECTS: Dialect[] = [readSendmail, readExchange, readLabelled, readBracketed, readAlone, readSentence];

export function entriesOf(mail: Mail, report: Report): Entry[] {
  for (const dialect of DIALECTS) {
    const entries = dialect(report);
    if (entries.length > 0) return entries.slice(0, MOST_RECIPIENTS);
  }
  return namedInHeader(mail, report) ?? onlyAddress(mail, report);
}

/** `X-Failed-Recipients`, as Exim and Gmail write it. */
function namedInHeader({ header }: Mail, { words }: Report): Entry[] | undefined {
  const failed = header.all("x-failed-recipients").flatMap((value) => value.split(","));
  const addresses = failed.map((value) => bareAddress(value)).filter((address) => address !== undefined);
  if (addresses.length === 0) return undefined;
  return addresses.slice(0, MOST_RECIPIENTS).map((address) => ({ address, words: tellingWords(words) }));
}

/** A report that names a single address beside those that it comes from and goes to speaks of that one. */
function onlyAddress({ header }: Mail, { lines, words }: Report): Entry[] {
  const own = ["from", "to", "reply-to"].flatMap((name) => addressesIn(header.first(name) ?? ""));
  const named = new Set(lines.flatMap((line) => addressesIn(line)));
  const others = [...named].filter((address) => !own.includes(address));
  const [address] = others;
  return address === undefined || others.length > 1 ? [] : [{ address, words: tellingWords(words) }];
}
