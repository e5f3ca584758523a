/** What waits, for how long, and what holds it back. */
import { type Database, rows } from "../../db/database.ts";
import { countLive } from "../../queue/backlog.ts";
import { overviewStatements, readOverview } from "../../queue/overview.ts";
import { toldOf } from "./attention.ts";
import { about, failed, ok, type Told, type Verdict, warning } from "./finding.ts";
import type { Patient } from "./patient.ts";
import { counted, spanText } from "./words.ts";

/** Of what is counted one by one. */
const MOST = 1_000;

export async function* checkQueue(patient: Patient): AsyncGenerator<Told> {
  const { db, now, wishes, attention } = patient;
  const at = now();
  yield about("waiting", ok(await waitingText(db, wishes.tenantId, at)));
  const isSaid = attention.some(({ kind }) => kind === "no_worker");
  yield* toldOf(patient, "queue");
  if (wishes.tenantId !== undefined) return;
  const { homeless, left } = await strays(db, at);
  const orphans = judgeHomeless(homeless);
  if (orphans !== undefined) yield about("without an account", orphans);
  const leases = judgeLeases(left, isSaid);
  if (leases !== undefined) yield about("leases", leases);
}

async function waitingText(db: Database, tenantId: string | undefined, now: number): Promise<string> {
  const { scheduled, ready, held, sending } = await countLive(db, tenantId);
  const [oldest] = readOverview(await db.client.batch(overviewStatements(tenantId, now), "read")).heads;
  const age = oldest === undefined ? "" : `, the first of them for ${spanText(Math.max(now - oldest.since, 0))}`;
  return `${ready} ready${age}; ${scheduled} later, ${held} suspended, ${sending} being sent`;
}

// What waited for an account when it was deleted waits on. By the index of what is ready, whatever else waits there.
const HOMELESS = `
  select count(*) as count from (
    select 1 from messages where state = 'ready' and account_key is null
    union all
    select 1 from accounts a cross join messages m on m.state = 'ready' and m.account_key = a.key
    where a.deleted_at is not null limit ${MOST})`;

const LEFT = `
  select count(*) as count from (select 1 from messages where state = 'sending' and +wake_at < :now limit ${MOST})`;

async function strays(db: Database, now: number): Promise<{ homeless: number; left: number }> {
  const [homeless] = await rows<{ count: number }>(db, HOMELESS);
  const [left] = await rows<{ count: number }>(db, LEFT, { now });
  return { homeless: homeless?.count ?? 0, left: left?.count ?? 0 };
}

export function judgeHomeless(count: number): Verdict | undefined {
  if (count === 0) return undefined;
  return failed(
    `${counted(count, "message")} wait for an account that is gone`,
    "cancel or delete them (messages cancel), or send them again through another account",
  );
}

/** `isSaid`: that nobody sends is told already. */
export function judgeLeases(count: number, isSaid: boolean): Verdict | undefined {
  if (count === 0 || isSaid) return undefined;
  return warning(
    `${counted(count, "message")} were being sent by a process that is gone`,
    "whoever sends takes them up again by itself, with the same Message-ID; start one if none runs",
  );
}
