/** A tenant of the reference as one of the API's. */
import * as v from "valibot";
import { moment } from "../../api/schemas/values.ts";
import type { AdoptedKey } from "../../tenancy/keys.ts";
import { type Converted, flag, given, object } from "./fields.ts";
import type { Open } from "./secrets.ts";
import type { Fields } from "./source.ts";

const PLAIN = ["name", "client_base_url", "client_sync_path", "client_attachment_path"];
/** Of versions that had no `client_base_url`. */
const WHOLE_URLS = ["client_sync_url", "client_attachment_url"];
const LARGE_FILES = [
  ...["enabled", "max_size_mb", "storage_url", "public_base_url", "file_ttl_days"],
  ...["lifespan_after_download_days", "action"],
];

export async function convertTenant(row: Fields, open: Open): Promise<Converted> {
  const lost: string[] = [];
  const urls = given(row, row.client_base_url ? PLAIN : [...PLAIN, ...WHOLE_URLS]);
  const auth = await clientAuth(row, open, lost);
  const limits = rateLimits(row, lost);
  const large = largeFiles(row, lost);
  const batches = String(row.suspended_batches ?? "")
    .split(",")
    .map((code) => code.trim())
    .filter(Boolean);
  const body = {
    id: String(row.id),
    ...urls,
    ...(auth && { client_auth: auth }),
    ...(limits && { rate_limits: limits }),
    ...(large && { large_file_config: large }),
    ...(flag(row.active) === false && { active: false }),
    ...(batches.length > 0 && { suspended_batches: batches }),
  };
  return { body, lost };
}

/** The hash of its key, which is made in the same way here, so that the key opens here what it opened there. */
export function keyOf(row: Fields): AdoptedKey | undefined {
  const hash = String(row.api_key_hash ?? "").toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(hash)) return undefined;
  const end = row.api_key_expires_at;
  if (end === null || end === undefined || end === "") return { hash, expiresAt: null };
  const expiresAt = v.safeParse(moment, end);
  // A key whose end cannot be read would open longer than it should.
  return expiresAt.success ? { hash, expiresAt: expiresAt.output } : undefined;
}

async function clientAuth(row: Fields, open: Open, lost: string[]) {
  const auth = object(row, "client_auth", lost);
  if (auth === undefined || Object.keys(auth).length === 0) return undefined;
  const secrets: Record<string, string> = {};
  for (const name of ["token", "password"]) {
    const opened = await open(auth[name]);
    if ("sealed" in opened) lost.push(`client_auth.${name}: is sealed with another key`);
    else if (opened.secret !== null) secrets[name] = opened.secret;
  }
  return { ...given(auth, ["method", "user"]), ...secrets };
}

const WINDOWS = {
  minute: /^(?:minute|minutely|(?:limit_)?per_minute)$/,
  hour: /^(?:hour|hourly|(?:limit_)?per_hour)$/,
  day: /^(?:day|daily|(?:limit_)?per_day)$/,
};

/** By whichever names; 0 is no limit there. */
function rateLimits(row: Fields, lost: string[]) {
  const limits: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(object(row, "rate_limits", lost) ?? {})) {
    const window = Object.entries(WINDOWS).find(([, names]) => names.test(name))?.[0];
    if (window === undefined) lost.push(`rate_limits.${name}: is not known`);
    else if (value !== null && value !== 0) limits[window] = value;
  }
  return Object.keys(limits).length === 0 ? undefined : limits;
}

function largeFiles(row: Fields, lost: string[]) {
  const config = object(row, "large_file_config", lost);
  if (config === undefined || Object.keys(config).length === 0) return undefined;
  for (const name of Object.keys(config))
    if (!LARGE_FILES.includes(name)) lost.push(`large_file_config.${name}: is not known`);
  return given(config, LARGE_FILES);
}
