/** What came of an import: how much was taken, what was there, and what of the rest is missing and why. */
import type { Row } from "../cell.ts";

export type Kind = "tenants" | "accounts" | "messages";

export interface Trouble {
  id: string;
  reason: string;
}

interface Part {
  taken: number;
  already_there: number;
  /** Not taken at all. */
  left_out: Trouble[];
  /** Taken, but for what is named. */
  incomplete: Trouble[];
}

export class Tally {
  readonly parts: Record<Kind, Part> = { tenants: part(), accounts: part(), messages: part() };

  taken(kind: Kind, count = 1): void {
    this.parts[kind].taken += count;
  }

  there(kind: Kind, count = 1): void {
    this.parts[kind].already_there += count;
  }

  leftOut(kind: Kind, id: string, reason: string): void {
    this.parts[kind].left_out.push({ id, reason });
  }

  incomplete(kind: Kind, id: string, reasons: readonly string[]): void {
    for (const reason of reasons) this.parts[kind].incomplete.push({ id, reason });
  }

  /** A line for each kind. */
  counts(): Row[] {
    return Object.entries(this.parts).map(([kind, { taken, already_there, left_out, incomplete }]) => ({
      kind,
      taken,
      already_there,
      left_out: left_out.length,
      incomplete: new Set(incomplete.map(({ id }) => id)).size,
    }));
  }

  /** A line for whatever is missing. */
  troubles(): Row[] {
    return Object.entries(this.parts).flatMap(([kind, { left_out, incomplete }]) => [
      ...left_out.map(({ id, reason }) => ({ kind, id, what: "left out", reason })),
      ...incomplete.map(({ id, reason }) => ({ kind, id, what: "incomplete", reason })),
    ]);
  }
}

function part(): Part {
  return { taken: 0, already_there: 0, left_out: [], incomplete: [] };
}
