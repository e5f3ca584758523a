/** An account of the reference as one of the API's. */
import { type Converted, flag, given, givenOverZero } from "./fields.ts";
import type { Open } from "./secrets.ts";
import type { Fields } from "./source.ts";

/** Whose everything was before the reference knew tenants. */
export const ONLY_TENANT = "default";

const PLAIN = ["host", "port", "user", "ttl", "limit_behavior", "imap_host", "imap_port", "imap_user", "imap_folder"];
const OVER_ZERO = ["limit_per_minute", "limit_per_hour", "limit_per_day", "batch_size"];

export function ownerOf(row: Fields): string {
  return String(row.tenant_id || ONLY_TENANT);
}

export async function convertAccount(row: Fields, open: Open): Promise<Converted> {
  const lost: string[] = [];
  const secrets: Record<string, string> = {};
  for (const name of ["password", "imap_password"]) {
    const opened = await open(row[name]);
    if ("sealed" in opened) lost.push(`${name}: is sealed with another key`);
    else if (opened.secret !== null) secrets[name] = opened.secret;
  }
  const tls = flag(row.use_tls);
  const body = {
    id: String(row.id),
    tenant_id: ownerOf(row),
    ...given(row, PLAIN),
    ...givenOverZero(row, OVER_ZERO),
    ...secrets,
    ...(tls !== undefined && { use_tls: tls }),
    ...(flag(row.is_pec_account) && { is_pec_account: true }),
  };
  return { body, lost };
}
