/**
 * Reads what has happened since, as far as some webhook wants to hear of it.
 *
 * 1. The events come first, each with the webhooks of its tenant, and without what its message says.
 * 2. Of those that are wanted only so many are taken as their messages can be read in one statement, however large mails are.
 * 3. Then these messages are read, each once.
 */
import { type Database, json, rows } from "../../db/database.ts";
import { eventData } from "../../db/recipients.ts";
import type { FedEvent, FedMessage } from "./body.ts";
import { TOLD_TYPES, webhookEvent } from "./event-types.ts";

/** Events of one pass. */
const PASS = 200;

/** Contents of one pass, since all of one is read to find who it is from; a message that is larger comes alone. */
const CHARACTERS = 8 * 1024 * 1024;

/** Of an event that no webhook wants nothing is read but that it is there; of one, those that were there when it happened. */
const READ_EVENTS = `
  select f.event as before, e.id, e.type, e.at, e.data, e.tenant_id, m.seq as message, m.size,
    (select json_group_array(json_array(w.id, json(w.events))) from webhooks w
      where w.tenant_id = e.tenant_id and w.created_at <= e.at) as webhooks
  from webhook_feed f
    left join events e on e.id > f.event
    left join messages m on m.seq = e.message and e.type in (${TOLD_TYPES.map((type) => `'${type}'`).join(", ")})
      and exists (select 1 from webhooks w where w.tenant_id = e.tenant_id)
  where f.id = 1 and exists (select 1 from webhooks)
  order by e.id limit :most`;

const READ_MESSAGES = `
  select m.seq as message, m.pk, m.id as message_id, m.created_at as accepted_at, a.id as account_id, p.subject,
    json_extract(p.content, '$.from', '$.to', '$.message_id', '$.tags', '$.metadata') as content
  from json_each(:messages) s cross join messages m on m.seq = s.value
    left join payloads p on p.message = m.seq
    left join accounts a on a.key = m.account_key`;

/** For the plans' sake. */
export const STATEMENTS = [
  { sql: READ_EVENTS, args: { most: 1 } },
  { sql: READ_MESSAGES, args: { messages: "[]" } },
];

interface EventRow extends Pick<FedEvent, "id" | "type" | "at" | "data" | "tenant_id"> {
  before: number;
  /** Null where the message is gone, or nobody may want to hear of it. */
  message: number | null;
  size: number | null;
  /** JSON. */
  webhooks: string;
}

/** Where nothing has happened only the place of the feed comes. */
type Row = EventRow | { id: null; before: number };

/** An event that some webhooks want to hear of. */
interface Wanted {
  event: EventRow;
  message: number;
  /** Of what the message says, in characters. */
  size: number;
  /** Their ids. */
  webhooks: string[];
}

export interface News {
  /** The event at which the feed stands, and the one that it has come to with these; the same where nothing has happened. */
  before: number;
  after: number;
  told: { event: FedEvent; webhooks: string[] }[];
  /** Events wait for another pass. */
  more: boolean;
}

/** Undefined where there are no webhooks. */
export async function readNews(db: Database): Promise<News | undefined> {
  const found = await rows<Row>(db, READ_EVENTS, { most: PASS });
  const [first] = found;
  if (first === undefined) return undefined;
  const wanted = found.flatMap(wantedOf);
  const taken = wanted.slice(0, readableAtOnce(wanted));
  const isCut = taken.length < wanted.length;
  const last = isCut ? taken.at(-1)?.event : found.at(-1);
  return {
    before: first.before,
    after: last?.id ?? first.before,
    told: await withMessages(db, taken),
    more: isCut || found.length === PASS,
  };
}

function wantedOf(event: Row): Wanted[] {
  if (event.id === null || event.message === null) return [];
  const { message, size } = event;
  const name = webhookEvent(event.type, eventData(event.data));
  const all = JSON.parse(event.webhooks) as [id: string, events: string[] | null][];
  const webhooks = all
    .filter(([, events]) => name !== undefined && (events === null || events.includes(name)))
    .map(([id]) => id);
  return webhooks.length === 0 ? [] : [{ event, message, size: size ?? 0, webhooks }];
}

/** How many from the first on; several events of one message read it once. */
function readableAtOnce(wanted: readonly Wanted[]): number {
  const messages = new Set<number>();
  let characters = 0;
  for (const [at, { message, size }] of wanted.entries()) {
    if (messages.has(message)) continue;
    characters += size;
    if (messages.size > 0 && characters > CHARACTERS) return at;
    messages.add(message);
  }
  return wanted.length;
}

/** Without those whose message was deleted a moment ago. */
async function withMessages(db: Database, wanted: readonly Wanted[]): Promise<News["told"]> {
  if (wanted.length === 0) return [];
  const seqs = [...new Set(wanted.map(({ message }) => message))];
  const read = await rows<FedMessage & { message: number }>(db, READ_MESSAGES, { messages: json(seqs) });
  const messages = new Map(read.map((message) => [message.message, message]));
  return wanted.flatMap(({ event, message, webhooks }) => {
    const said = messages.get(message);
    return said === undefined ? [] : [{ event: { ...event, ...said }, webhooks }];
  });
}
