/** Delivery status notifications (RFC 3464, RFC 6533), also where the part has the wrong type or stands in the text. */
import type { DeliveryNotice, RecipientNotice } from "../notice.ts";
import { actionOf, actionOfStatus } from "./action.ts";
import { typedAddress } from "./address.ts";
import { isFromMailSystem } from "./evidence.ts";
import { Fields, readBlocks } from "./fields.ts";
import { MOST_RECIPIENTS } from "./limits.ts";
import { decoded, type Mail } from "./mail.ts";
import { isReturned, originalOf } from "./original.ts";
import { oneLine, reasonOf } from "./reason.ts";
import { codesOf } from "./status.ts";
import { entriesOf } from "./text/entries.ts";
import { type Entry, reportOf, tellingWords } from "./text/report.ts";

const STATUS_TYPE = /^message\/(?:global-)?delivery-status$/;
const STATUS_FIELD = /^(?:Reporting-MTA|Final-Recipient|Original-Recipient)[ \t]{0,9}:/im;
const LOOKED_AT = 4_096;
/** The fields that a recipient has once (RFC 3464 2.3): with the second of a kind another recipient begins. */
const ONCE = ["final-recipient", "original-recipient", "action"];
const ADDRESSES = ["final-recipient", "original-recipient"];

/** What people are told besides, for what the status leaves out. */
interface Told {
  action: RecipientNotice["action"];
  entries: Entry[];
  words: string;
}

export function readDeliveryStatus(mail: Mail): DeliveryNotice | undefined {
  const text = statusText(mail);
  if (text === undefined) return undefined;
  const blocks = readBlocks(text, MOST_RECIPIENTS + 1);
  const groups = recipientGroups(blocks);
  if (groups.length === 0) return undefined;
  const report = reportOf(mail);
  const action = actionOfStatus(mail.subject, report.words);
  const told = { action, entries: entriesOf(mail, report), words: tellingWords(report.words) };
  const envelopeId = blocks.map((block) => block.first("original-envelope-id")).find((id) => id !== undefined);
  return {
    kind: "delivery",
    original: originalOf(mail, [], envelopeId),
    recipients: groups.slice(0, MOST_RECIPIENTS).map((group) => recipientOf(group, told, groups.length === 1)),
  };
}

/** The part of that type, else one that reads like it, else the text of a mail system from where it does. */
function statusText(mail: Mail): string | undefined {
  const named = mail.parts.find(({ type }) => STATUS_TYPE.test(type));
  if (named !== undefined && STATUS_FIELD.test(decoded(named.content))) return decoded(named.content);
  const others = mail.parts.filter((part) => !isReturned(part));
  const alike = others.find(({ content }) => STATUS_FIELD.test(decoded(content, LOOKED_AT)));
  if (alike !== undefined) return decoded(alike.content);
  const start = isFromMailSystem(mail) ? mail.text.search(STATUS_FIELD) : -1;
  return start === -1 ? undefined : mail.text.slice(start);
}

/** RFC 3464 2.1 parts recipients by blank lines, which some servers leave out and others put in between. */
function recipientGroups(blocks: Fields[]): Fields[] {
  const groups: [string, string][][] = [];
  for (const block of blocks) {
    const split = splitRepeated([...block].map(([name, value]) => [name, value]));
    for (const fields of split) {
      const last = groups.at(-1);
      if (names(fields, ADDRESSES)) groups.push(fields);
      else if (last !== undefined && !names(last, ["action"]) && names(fields, ["action", "status"]))
        last.push(...fields);
    }
  }
  return groups.map((fields) => new Fields(fields));
}

function splitRepeated(fields: [string, string][]): [string, string][][] {
  const groups: [string, string][][] = [[]];
  for (const field of fields) {
    const group = groups.at(-1);
    if (group === undefined || (ONCE.includes(field[0]) && names(group, [field[0]]))) groups.push([field]);
    else group.push(field);
  }
  return groups;
}

function names(fields: [string, string][], wanted: string[]): boolean {
  return fields.some(([name]) => wanted.includes(name));
}

function recipientOf(fields: Fields, told: Told, isOnly: boolean): RecipientNotice {
  const finalRecipient = typedAddress(fields.first("final-recipient"));
  const originalRecipient = typedAddress(fields.first("original-recipient"));
  const status = fields.first("status");
  const action = actionOf(fields.first("action"), status, told.action);
  const entry = entryFor([finalRecipient, originalRecipient], told.entries);
  const words = fields.first("diagnostic-code") ?? entry?.words ?? (isOnly ? told.words : "");
  return {
    finalRecipient,
    originalRecipient,
    action,
    ...codesOf(action, status, words),
    reason: reasonOf(words) || oneLine(status ?? action),
    retryUntil: action === "delayed" ? momentOf(fields.first("will-retry-until")) : undefined,
  };
}

function entryFor(addresses: (string | undefined)[], entries: Entry[]): Entry | undefined {
  const wanted = addresses.map((address) => address?.toLowerCase());
  return entries.find(({ address }) => wanted.includes(address.toLowerCase()));
}

/** RFC 5322 3.3, whose comment with the name of the zone not every engine reads. */
function momentOf(value: string | undefined): number | undefined {
  const moment = Date.parse(value?.replace(/\([^()]*\)/g, "").trim() ?? "");
  return Number.isFinite(moment) ? moment : undefined;
}
