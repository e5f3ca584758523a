/** The line that the log has of every mail that came in: what came of it, and why nothing did. */
import { getLogger } from "@logtape/logtape";
import { ofRequests } from "../logs/steps.ts";
import type { Candidate } from "./match.ts";
import type { Notice } from "./notice.ts";
import type { Ignored } from "./receive-judge.ts";

/** News of a message; `repeated`: it was written down before. */
export interface Heard {
  tenantId: string;
  id: string;
  pk: string;
  type: string;
  /** As the message spells it; null: of the message as a whole. */
  recipient: string | null;
  repeated: boolean;
}

const log = getLogger(["mail-proxy", "bounces"]);

/** A mail may tell of a thousand recipients, and be of strangers' making. */
const MOST_OUTCOMES = 10;
const LONGEST_WORDS = 200;

interface Outcome {
  events: readonly Heard[];
  /** Of which the events are. */
  messages: readonly Pick<Candidate, "requestId">[];
  ignored: readonly Ignored[];
}

export function logReceived(way: string, { kind, identity }: Notice, { events, messages, ignored }: Outcome) {
  const outcomes = [...events.map(heard), ...ignored.map(unheard)];
  const more = outcomes.length - MOST_OUTCOMES;
  const outcome = [...outcomes.slice(0, MOST_OUTCOMES), ...(more > 0 ? [`${more} more`] : [])].join("; ");
  const [requests, names] = ofRequests(messages);
  log.info(`mail that came in by {way}, {kind} {identity}: {outcome}${requests}`, {
    ...{ event: "mail_received", way, kind, identity: short(identity), outcome },
    ...(events.length > 0 && { message_ids: each(events, "id"), pks: each(events, "pk") }),
    ...(events.length > 0 && { tenant_ids: each(events, "tenantId"), types: each(events, "type") }),
    ...names,
  });
}

function heard({ type, tenantId, id, pk, recipient, repeated }: Heard): string {
  const whom = recipient === null ? "" : ` for ${recipient}`;
  return `${type} of message ${id} of tenant ${tenantId} (${pk})${whom}${repeated ? ", known already" : ""}`;
}

/** Each once. */
function each(events: readonly Heard[], name: "id" | "pk" | "tenantId" | "type"): string[] {
  return [...new Set(events.map((event) => event[name]))].slice(0, MOST_OUTCOMES);
}

function unheard({ recipient, why }: Ignored): string {
  return `nothing${recipient === null ? "" : ` for ${short(recipient)}`}: ${short(why)}`;
}

function short(words: string): string {
  return words.length > LONGEST_WORDS ? `${words.slice(0, LONGEST_WORDS)}...` : words;
}
