/**
 * What a patch does to a row: an absent field keeps its value, null takes it back to the column's default.
 *
 * The API's field names are the columns' names, so that a field is declared in the schema and nowhere else.
 */

import { type Column, getTableColumns, type SQL, sql, type Table } from "drizzle-orm";
import { json } from "../db/database.ts";
import type { Vault } from "../security/vault.ts";

/** A field of a patch: a value, null for the default, or absent. */
export type Field<T> = T | null | undefined;

/** A patch as it comes out of the API's schemas; a field that is undefined counts as absent. */
export type Patch = Readonly<Record<string, unknown>>;

/** The columns that a patch names, by Drizzle's keys; required ones have no default to go back to and are left to the caller. */
export function patchedColumns<T extends Table>(table: T, patch: Patch): Partial<T["$inferInsert"]> {
  const columns: [string, Column][] = Object.entries(getTableColumns(table));
  const optional = columns.filter(([, { notNull, hasDefault }]) => !notNull || hasDefault);
  const named = optional.filter(([, { name }]) => patch[name] !== undefined);
  const values = named.map(([key, column]) => [key, patch[column.name] ?? column.default ?? null]);
  return Object.fromEntries(values) as Partial<T["$inferInsert"]>;
}

/** The same for an object that is kept as JSON, field by field: json_patch is RFC 7396, whose null removes a field. */
export function patchedJson(stored: Column | null, patch: object): SQL {
  return sql`json_patch(coalesce(${stored}, '{}'), ${json(patch)})`;
}

/** A secret on its way into the database; absent and null stay what they are. */
export async function sealed<T extends null | undefined>(vault: Vault, secret: string | T): Promise<string | T> {
  return typeof secret === "string" ? vault.seal(secret) : secret;
}

/** The `updated_at` of a changed row. It grows with every change, also within one millisecond, so only a new row has its `created_at`. */
export function nextRevision(updatedAt: Column, now: number): SQL<number> {
  return sql`max(${now}, ${updatedAt} + 1)`;
}
