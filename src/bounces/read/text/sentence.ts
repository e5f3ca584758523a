/** Reports that name the recipient in a sentence: of Gmail, Office 365, IronPort and many small servers. */
import { bareAddress } from "../address.ts";
import { type Entry, type Report, tellingWords } from "./report.ts";

const ADDRESS = `["'‘“<]?([^\\s<>"'()]{1,200}@[^\\s<>"'(),;:’”]{1,254})`;
const SENTENCES = [
  `(?:your|the following|a) message (?:was ?n['’o]t|wasn['’]t|was not) delivered to ${ADDRESS}`,
  `(?:your|the following) message to ${ADDRESS}[>"'’”]? (?:could|couldn['’]t|was|has|is)`,
  `(?:deliver(?:ing|y)?(?: of)?(?: your| the)?(?: message| mail| email)?|(?:send|sending) (?:your|the) (?:message|mail|email)) to (?:the )?(?:address |recipient |user )?${ADDRESS}`,
].map((source) => new RegExp(source, "i"));

export function readSentence({ words }: Report): Entry[] {
  const found = SENTENCES.map((sentence) => sentence.exec(words)).find((match) => match !== null);
  const address = bareAddress(found?.[1] ?? "");
  if (!found || address === undefined) return [];
  const announced = tellingWords(words);
  return [{ address, words: announced === words ? words.slice(found.index) : announced }];
}
