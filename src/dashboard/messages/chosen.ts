/** What is done with several messages at once, each for itself, and how that is told. */
import type { MailProxy } from "../../client/client.ts";
import { MailProxyError } from "../../client/error.ts";
import { refusal } from "../act.ts";
import { counted } from "../parts/numbers.ts";
import type { Notice } from "../session.ts";
import { short } from "./short.ts";

export const DEEDS = ["retry", "cancel", "delete"] as const;
export type Deed = (typeof DEEDS)[number];

export function isDeed(text: string | undefined): text is Deed {
  return DEEDS.some((deed) => deed === text);
}

/** A page of the list has no more. */
const MOST_CHOSEN = 100;
/** Refused ones that are told one by one. */
const MOST_TOLD = 5;
const LONGEST_ID = 40;

const DONE: Record<Deed, string> = { retry: "sent again", cancel: "canceled", delete: "deleted" };

interface Refused {
  pk: string;
  why: string;
}

export async function doWith(api: MailProxy, deed: Deed, chosen: readonly string[]): Promise<Notice> {
  const pks = chosen.slice(0, MOST_CHOSEN);
  if (pks.length === 0) return { kind: "failed", text: "No message was ticked." };
  const refused = deed === "delete" ? await deleteAll(api, pks) : await each(api, deed, pks);
  const done = pks.length - refused.length;
  const told = await Promise.all(refused.slice(0, MOST_TOLD).map((one) => toldOf(api, one)));
  const rest = refused.length - told.length;
  const count = `${counted(done, "message")} ${done === 1 ? "was" : "were"}`;
  const words = [
    `${done === 0 ? "None was" : count} ${DONE[deed]}`,
    ...told,
    ...(rest > 0 ? [`and ${rest} more`] : []),
  ];
  return { kind: done > 0 ? "done" : "failed", text: words.join("; ") };
}

async function each(api: MailProxy, deed: "retry" | "cancel", pks: readonly string[]): Promise<Refused[]> {
  const tried = await Promise.all(
    pks.map(async (pk) => {
      try {
        await api.messages[deed](pk);
        return [];
      } catch (error) {
        return [{ pk, why: refusal(error) }];
      }
    }),
  );
  return tried.flat();
}

async function deleteAll(api: MailProxy, pks: readonly string[]): Promise<Refused[]> {
  const { not_found, unauthorized, being_sent } = await api.messages.delete(pks);
  return [
    ...being_sent.map((pk) => ({ pk, why: "it is being sent" })),
    ...[...not_found, ...unauthorized].map((pk) => ({ pk, why: "there is no such message" })),
  ];
}

async function toldOf(api: MailProxy, { pk, why }: Refused): Promise<string> {
  const reason = why.replace(/^cannot [^:]*: /, "");
  return `${short(await idOf(api, pk), LONGEST_ID)}: ${reason}`;
}

/** What its application calls it; of one that is gone, what it was called here. */
async function idOf(api: MailProxy, pk: string): Promise<string> {
  try {
    return (await api.messages.get(pk)).id;
  } catch (error) {
    if (error instanceof MailProxyError && error.status === 404) return pk;
    throw error;
  }
}
