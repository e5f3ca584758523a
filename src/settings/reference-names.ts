/** Names that the reference system gives to its settings: which are ours under another name, and which are none here. */

interface ReferenceName {
  /** Our name, without prefix. */
  setting: string;
  /** Where its values are written another way. */
  convert?: (value: string) => string;
}

/** Beside these, every name of ours is taken with the prefix `GMP_`. */
export const REFERENCE_NAMES: Readonly<Record<string, ReferenceName>> = {
  GMP_DB_PATH: { setting: "DATABASE_URL", convert: fileUrl },
  GMP_SEND_LOOP_INTERVAL: { setting: "POLL_INTERVAL" },
  GMP_SEND_INTERVAL: { setting: "POLL_INTERVAL" },
  GMP_START_ACTIVE: { setting: "SCHEDULER_ACTIVE" },
  GMP_DELIVERY_REPORT_RETENTION_SECONDS: { setting: "RETENTION_SECONDS" },
};

/** Names of the reference that set nothing here, and where to say it instead; `*` stands for any end. */
export const ELSEWHERE: Readonly<Record<string, string>> = {
  "GMP_BOUNCE_*": "a setting in the database: PUT /instance",
  "GMP_CLIENT_SYNC_*": "a tenant's: client_base_url, client_sync_path, client_auth",
  GMP_ATTACHMENT_BASE_URL: "a tenant's: client_base_url, client_attachment_path",
  "GMP_CONFIG*": "environment, or mail-proxy NAME config set",
  GMP_INSTANCE_NAME: "the name given to mail-proxy start",
};

export function adviceFor(name: string): string | undefined {
  const matches = (form: string) => (form.endsWith("*") ? name.startsWith(form.slice(0, -1)) : name === form);
  return Object.entries(ELSEWHERE).find(([form]) => matches(form))?.[1];
}

/** A path becomes a URL of libSQL; what is a URL already is left to be judged as one. */
function fileUrl(path: string): string {
  if (/^\w+:/.test(path)) return path;
  return `file:${encodeURI(path).replaceAll("?", "%3F").replaceAll("#", "%23")}`;
}
