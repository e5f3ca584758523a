/** Looks up the messages that a notice may speak of: one round trip, each found by an index however many there are. */
import type { InStatement, Row } from "@libsql/client";
import { type Database, json } from "../db/database.ts";
import type { StoredRecipient } from "../db/recipients.ts";
import { storedSetting } from "../db/stored-setting.ts";

/** A message that is there, as far as it has to be known to judge what is said of it. */
export interface Candidate {
  seq: number;
  pk: string;
  tenantId: string;
  id: string;
  /** Of the call, or the mail by SMTP, that brought it; null of messages of an older version. */
  requestId: string | null;
  state: string;
  /** Some attempt ended without an answer. */
  outcomeUnknown: boolean;
  recipients: StoredRecipient[];
  /** What of its content every report of it repeats. */
  labels: { tags?: unknown; metadata?: unknown };
}

export interface Wanted {
  pks: readonly string[];
  /** The application's own id. */
  id: string | undefined;
  /** Message-IDs that an application may have chosen, as `message_ids` has them. */
  messageIds: readonly string[];
  /** Whose id it is; undefined: anybody's. By their pks all messages are found, so that it shows where one is another's. */
  tenantId: string | undefined;
}

export interface Found {
  byPk: Candidate[];
  /** By the application's id or Message-ID; of each no more than two: that there is not exactly one is all that is to be known. */
  byId: Candidate[];
  /** The instance's `bounce_return_path`. */
  returnPath: string | undefined;
}

const COLUMNS = `m.seq, m.pk, m.tenant_id, m.id, m.request_id, m.state, m.outcome_unknown, m.recipients,
  (select p.content->'$.tags' from payloads p where p.message = m.seq) as tags,
  (select p.content->'$.metadata' from payloads p where p.message = m.seq) as metadata`;

const BY_PK = `select ${COLUMNS} from json_each(:pks) w cross join messages m on m.pk = w.value`;
const BY_ID = `select ${COLUMNS} from messages m where m.tenant_id = :tenantId and m.id = :id`;
/** An id is unique in its tenant only: one probe for each of them. */
const BY_ID_OF_ANY = `select ${COLUMNS} from tenants t cross join messages m on m.tenant_id = t.id and m.id = :id limit 2`;
const BY_MESSAGE_ID = `
  select ${COLUMNS} from json_each(:messageIds) w cross join message_ids i on i.message_id = w.value cross join messages m on m.seq = i.message
  where :tenantId is null or m.tenant_id = :tenantId limit 2`;

const RETURN_PATH = `select (${storedSetting("bounce_return_path")}) as pattern`;

export async function lookUp(db: Database, { pks, id, messageIds, tenantId }: Wanted): Promise<Found> {
  const statements: InStatement[] = [RETURN_PATH, { sql: BY_PK, args: { pks: json(pks) } }];
  if (id !== undefined)
    statements.push(
      tenantId === undefined ? { sql: BY_ID_OF_ANY, args: { id } } : { sql: BY_ID, args: { id, tenantId } },
    );
  if (messageIds.length > 0)
    statements.push({ sql: BY_MESSAGE_ID, args: { messageIds: json(messageIds), tenantId: tenantId ?? null } });
  const [setting, byPk, ...byId] = await db.client.batch(statements, "read");
  const pattern = setting?.rows[0]?.pattern;
  return {
    byPk: (byPk?.rows ?? []).map(candidate),
    byId: each(byId.flatMap(({ rows }) => rows.map(candidate))),
    returnPath: typeof pattern === "string" ? String(JSON.parse(pattern)) : undefined,
  };
}

/** Once, by however many names it was found. */
function each(found: readonly Candidate[]): Candidate[] {
  return [...new Map(found.map((one) => [one.seq, one])).values()];
}

function candidate(row: Row): Candidate {
  const { tags, metadata } = row;
  return {
    seq: Number(row.seq),
    pk: String(row.pk),
    tenantId: String(row.tenant_id),
    id: String(row.id),
    requestId: typeof row.request_id === "string" ? row.request_id : null,
    state: String(row.state),
    outcomeUnknown: row.outcome_unknown === 1,
    recipients: JSON.parse(String(row.recipients)) as StoredRecipient[],
    labels: {
      ...(typeof tags === "string" ? { tags: JSON.parse(tags) as unknown } : {}),
      ...(typeof metadata === "string" ? { metadata: JSON.parse(metadata) as unknown } : {}),
    },
  };
}
