/** Which of those that are called are due, and when the next one will be: one statement each, whoever they are. */
import type { InArgs, InStatement } from "@libsql/client";
import { type Database, json } from "../db/database.ts";

/** Unix milliseconds that never come. */
export const NEVER = 9e15;

/** What is known of an endpoint by its last call; the best first. One that has never answered may be dead as well. */
export const STANDINGS = ["answering", "unknown", "failing"] as const;
export type Standing = (typeof STANDINGS)[number];

/** SQL that selects `id`, `standing` (its position in `STANDINGS`) and `due_at`: of all of them, or of `:tenants` alone. */
export interface Callees {
  all: string;
  some: string;
}

export interface Due {
  id: string;
  standing: Standing;
}

export interface Agenda {
  due: Due[];
  /** Unix milliseconds of the first moment at which time alone makes another one due. */
  nextAt: number | undefined;
}

/** Those who answered last time first: with more due than calls allowed, the dead ones wait. */
const due = (callees: string) =>
  `select id, standing from (${callees}) where due_at <= :now order by standing, due_at limit :most`;
const next = (callees: string) =>
  `select min(due_at) as next from (${callees}) where due_at > :now and due_at < ${NEVER}`;

/** The statements behind `readAgenda`, over all or over those of the tenants that are named. */
export function agendaStatements(
  { all, some }: Callees,
  now: number,
  most: number,
  tenants?: readonly string[],
): [InStatement, InStatement] {
  const source = tenants === undefined ? all : some;
  const args: InArgs = tenants === undefined ? { now } : { now, tenants: json(tenants) };
  return [
    { sql: due(source), args: { ...args, most } },
    { sql: next(source), args },
  ];
}

export async function readAgenda(
  db: Database,
  callees: Callees,
  now: number,
  most: number,
  tenants?: readonly string[],
): Promise<Agenda> {
  const [dueRows, nextRows] = await db.client.batch(agendaStatements(callees, now, most, tenants), "read");
  const nextAt = nextRows?.rows[0]?.next;
  return {
    due: (dueRows?.rows ?? []).map((row) => ({ id: String(row.id), standing: STANDINGS[Number(row.standing)]! })),
    nextAt: typeof nextAt === "number" ? nextAt : undefined,
  };
}
