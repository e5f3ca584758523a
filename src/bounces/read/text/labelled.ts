/** Reports as a form, `Recipient: ...` and `Reason: ...`: of MailEnable and other servers on Windows. */
import { bareAddress } from "../address.ts";
import type { Entry, Report } from "./report.ts";

const RECIPIENT = /^\s*(?:failed |final |original )?recipient(?: address)?\s{0,9}:\s*(?:\[SMTP:)?(.*)$/i;
const REASON = /^\s*(?:reason|error(?: message)?|diagnostic|cause|description)\s{0,9}:\s*(.*)$/i;

export function readLabelled({ lines }: Report): Entry[] {
  const entries: Entry[] = [];
  for (const line of lines) {
    const address = bareAddress(RECIPIENT.exec(line)?.[1] ?? "");
    const last = entries.at(-1);
    if (address !== undefined) entries.push({ address, words: "" });
    else if (last !== undefined && line !== "")
      last.words = `${last.words} ${REASON.exec(line)?.[1] ?? line.trim()}`.trim();
  }
  return entries;
}
