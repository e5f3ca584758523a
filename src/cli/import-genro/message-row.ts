/** A message that waits in the reference as one of the API's: its payload's fields, its columns over them. */
import * as v from "valibot";
import { ownerOf } from "./account-row.ts";
import { given, JsonObject } from "./fields.ts";
import type { Fields } from "./source.ts";

/** What the columns say, or what has no meaning outside of that database. */
const NOT_OF_THE_PAYLOAD = new Set([
  ...["pk", "account_pk", "is_pec", "created_at", "created_ts", "updated_at"],
  ...["id", "tenant_id", "account_id", "priority", "batch_code", "deferred_ts"],
]);

/** `accounts` are its accounts' ids by their keys there. What the body holds beyond that is the admission's to judge. */
export function convertMessage(
  row: Fields,
  accounts: ReadonlyMap<unknown, string>,
): { body: Record<string, unknown> } | { refused: string } {
  const { success, output: payload } = v.safeParse(JsonObject, row.payload);
  if (!success) return { refused: "payload: is no JSON object" };
  const fields = Object.entries(payload).filter(([name, value]) => isGiven(value) && !NOT_OF_THE_PAYLOAD.has(name));
  const { from_addr, ...said } = Object.fromEntries(fields);
  const account = row.account_id || accounts.get(row.account_pk);
  const body = {
    ...(from_addr !== undefined && { from: from_addr }),
    ...said,
    ...(said.content_type !== undefined && said.body === undefined && { body: "" }),
    ...(Array.isArray(said.attachments) && { attachments: said.attachments.map(withoutNulls) }),
    id: String(row.id ?? payload.id ?? row.pk),
    tenant_id: ownerOf(row),
    ...(account && { account_id: String(account) }),
    ...given(row, ["priority", "batch_code"]),
    ...(Number(row.deferred_ts) > 0 && { deferred_ts: Number(row.deferred_ts) }),
  };
  return { body };
}

function isGiven(value: unknown): boolean {
  return value !== null && value !== undefined;
}

function withoutNulls(attachment: unknown): unknown {
  if (typeof attachment !== "object" || attachment === null) return attachment;
  return Object.fromEntries(Object.entries(attachment).filter(([, value]) => isGiven(value)));
}
