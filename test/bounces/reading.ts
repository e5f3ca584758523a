/** The corpus: mails written after the public descriptions of each format, read as they travel, with CRLF. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { DeliveryNotice, FeedbackNotice, Notice, PecNotice } from "../../src/bounces/notice.ts";
import { readNotice } from "../../src/bounces/read/index.ts";

const CORPUS = join(import.meta.dirname, "fixtures");

export const PK = "0197f1c2-7a3b-7c4d-8e5f-001122334455";
/** What points at the message where it was returned. */
export const RETURNED = { pk: PK, id: "order-4711", messageIds: [`<${PK}@example.com>`] };
/** The same where the report only refers to it. */
export const REFERRED = { messageIds: [`<${PK}@example.com>`] };

export const corpus: string[] = readdirSync(CORPUS).map((name) => name.replace(/\.eml$/, ""));

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

export function fixture(name: string): Uint8Array {
  return bytes(readFileSync(join(CORPUS, `${name}.eml`), "utf8").replaceAll("\n", "\r\n"));
}

export const read = (name: string): Promise<Notice> => readNotice(fixture(name));

export async function readDelivery(mail: string | Uint8Array): Promise<DeliveryNotice> {
  return ofKind(await readNotice(typeof mail === "string" ? fixture(mail) : mail), "delivery");
}

export async function readFeedback(name: string): Promise<FeedbackNotice> {
  return ofKind(await read(name), "feedback");
}

export async function readPec(name: string): Promise<PecNotice> {
  return ofKind(await read(name), "pec");
}

function ofKind<K extends Notice["kind"]>(notice: Notice, kind: K): Extract<Notice, { kind: K }> {
  if (isKind(notice, kind)) return notice;
  throw new Error(`read as ${notice.kind}: ${JSON.stringify(notice)}`);
}

function isKind<K extends Notice["kind"]>(notice: Notice, kind: K): notice is Extract<Notice, { kind: K }> {
  return notice.kind === kind;
}
