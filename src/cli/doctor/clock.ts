/** Whether this machine's clock agrees with those that were met; a time zone is nobody's concern, all moments are UTC. */
import { type Database, rows } from "../../db/database.ts";
import { about, ok, skipped, type Told, type Verdict, warning } from "./finding.ts";
import type { ClockReading, Patient } from "./patient.ts";
import { spanText } from "./words.ts";

/** Signatures of reports hold for minutes, and leases of several processes overlap: half a minute harms neither. */
const SKEW_MS = 30_000;

/** What an HTTP answer says of the time (RFC 9110 6.6.1), or an SMTP greeting that ends with a date; undefined: nothing. */
export function timeIn(text: string | null): number | undefined {
  const [date] = /\b(\d{1,2}\s[A-Z][a-z]{2}\s\d{4}\s\d{2}:\d{2}:\d{2}\s(?:[+-]\d{4}|GMT|UTC))/.exec(text ?? "") ?? [];
  const at = date === undefined ? Number.NaN : Date.parse(date);
  return Number.isNaN(at) ? undefined : at;
}

export function noteClock({ clocks, now }: Pick<Patient, "clocks" | "now">, from: string, text: string | null): void {
  const theirs = timeIn(text);
  if (theirs !== undefined) clocks.push({ from, theirs, ours: now() });
}

export async function* checkClock(patient: Patient): AsyncGenerator<Told> {
  await askDatabase(patient);
  for (const reading of patient.clocks) yield about(reading.from, judgeClock(reading));
  if (patient.clocks.length === 0)
    yield about("clock", skipped("nobody was met who tells the time", "--call asks endpoints, too"));
  const newest = await newestEvent(patient.db);
  if (newest !== undefined) yield about("latest event", judgeNewest(newest, patient.now()));
}

export function judgeClock({ theirs, ours }: Pick<ClockReading, "theirs" | "ours">): Verdict {
  const skew = ours - theirs;
  if (Math.abs(skew) <= SKEW_MS) return ok("agrees with this machine's clock, to half a minute");
  const text = `this machine's clock is ${spanText(Math.abs(skew))} ${skew > 0 ? "ahead" : "behind"}`;
  return warning(text, "let the machine set its clock by NTP: signed reports and retries lean on it");
}

/** Somebody has written down a moment that is still to come. */
export function judgeNewest(at: number, now: number): Verdict {
  if (at - now <= SKEW_MS) return ok("lies in the past");
  const text = `lies ${spanText(at - now)} in the future: this clock, or that of another process, was set back`;
  return warning(text, "let every machine that works on this database set its clock by NTP");
}

async function newestEvent(db: Database): Promise<number | undefined> {
  const [newest] = await rows<{ at: number }>(db, "select at from events order by id desc limit 1");
  return newest?.at;
}

async function askDatabase(patient: Patient): Promise<void> {
  const { databaseUrl } = patient.settings;
  if (databaseUrl.startsWith("file:")) return;
  const { protocol, host } = new URL(databaseUrl);
  const scheme = ["http:", "ws:"].includes(protocol) ? "http" : "https";
  const signal = AbortSignal.timeout(patient.wishes.timeoutMs);
  const date = await fetch(`${scheme}://${host}/`, { method: "HEAD", signal, redirect: "manual" }).then(
    ({ headers }) => headers.get("date"),
    () => null, // that it is reached is the database check's matter
  );
  noteClock(patient, "database server", date);
}
