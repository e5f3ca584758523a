/** What a release left behind, and how a test opens it: at another moment, with other ports. */
import { readFileSync } from "node:fs";
import { type Database, rows } from "../../../src/db/database.ts";

/** Where the servers were when it was made. */
export const SMTP_PORT = 45_025;
export const AWAY_PORT = 45_026;
export const HTTP_PORT = 45_080;
export const TENANT = "acme";

/** Between the end of that release and its successor's start: what was to be tried again is due, and leases are over. */
const BETWEEN_MS = 3_600_000;

export interface Past {
  /** Of the tenant. */
  apiKey: string;
}

/** Puts it into an empty database. */
export async function openPast(db: Database, file: URL, ports: Record<number, number>, now: number): Promise<Past> {
  const [key = "", madeAt = "", ...lines] = readFileSync(file, "utf8").split("\n");
  const later = now - Number(madeAt.slice(3)) - BETWEEN_MS;
  // Moments in milliseconds are the only numbers of thirteen digits that begin so; some stand within JSON.
  const moved = lines.join("\n").replace(/\b1[789]\d{11}\b/g, (moment) => String(Number(moment) + later));
  const text = Object.entries(ports).reduce((all, [then, port]) => all.replaceAll(then, String(port)), moved);
  for (const statement of text.split(";\n--\n")) if (statement.trim() !== "") await rows(db, statement);
  return { apiKey: key.slice(3) };
}
