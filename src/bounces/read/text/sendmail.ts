/** Sendmail's sections, of which newer versions write the same into a delivery status. */
import type { RecipientNotice } from "../../notice.ts";
import { bareAddress } from "../address.ts";
import { type Entry, paragraph, type Report } from "./report.ts";

const SECTION = /^\s*-{3,20} ?The following addresses had (permanent fatal|transient non-fatal|delivery|successful)/i;
const ACTIONS: Record<string, RecipientNotice["action"]> = {
  "permanent fatal": "failed",
  "transient non-fatal": "delayed",
  delivery: "delivered",
  successful: "delivered",
};
const TRANSCRIPT = /^\s*-{3,20} ?Transcript of session/i;
const REPLY = /^(?:<<< )?[45]\d\d[ -]/;
const REMARK = /^\s*\((?:reason|expanded from): ?(.*)$/i;

export function readSendmail({ lines }: Report): Entry[] {
  const transcript = lines.findIndex((line) => TRANSCRIPT.test(line));
  const replies = transcript === -1 ? [] : lines.slice(transcript).filter((line) => REPLY.test(line));
  return lines.flatMap((line, at) => {
    const section = SECTION.exec(line)?.[1]?.toLowerCase();
    return section === undefined ? [] : recipientsOf(paragraph(lines, at + 1), ACTIONS[section], replies);
  });
}

function recipientsOf(section: string[], action: RecipientNotice["action"] | undefined, replies: string[]): Entry[] {
  const entries: Entry[] = [];
  for (const line of section) {
    const last = entries.at(-1);
    const remark = REMARK.exec(line)?.[1];
    if (remark !== undefined && last !== undefined) takeRemark(last, line, remark);
    else if (/^\s/.test(line) && last !== undefined) last.words += ` ${line.trim()}`;
    else entries.push({ address: bareAddress(line) ?? "", action, words: "" });
  }
  return entries
    .filter(({ address }) => address !== "")
    .map((entry) => ({ ...entry, words: wordsFor(entry, replies) }));
}

function takeRemark(entry: Entry, line: string, remark: string): void {
  if (/^\s*\(expanded/i.test(line)) entry.original = bareAddress(remark);
  else entry.words = remark;
}

/** The transcript repeats the reply with the address; what a server said of nobody is of everybody. */
function wordsFor({ address, words }: Entry, replies: string[]): string {
  if (words !== "") return words.replace(/\)$/, "");
  const reply = replies.find((line) => line.includes(address)) ?? replies[0] ?? "";
  return reply.replace(/^<<< /, "");
}
