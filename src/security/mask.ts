/** Makes what clients sent fit for the command log: no secret in it, and no attachment's content. */

const MASK = "********";

/** Fields that hold a secret, in any spelling: `imap_password`, `apiKey`, `webhook_secret`, `X-API-Token`. */
const SECRET_NAME =
  /password|passwd|passphrase|pass$|secret|token|authorization|cookie|credential|^key$|(api|access|private|encryption)[_-]?key$/i;
/** How the proxy authenticates elsewhere: every field but these is masked, whatever its name. */
const AUTH_NAME = /^(client_)?auth$/i;
const AUTH_SHOWN = new Set(["method"]);

const USERINFO = /:\/\/[^\s/?#]*@/g;
const SECRET_PARAMETER = /((?:^|[?&])[^=&#\s]{0,64}(?:token|secret|password|signature|credential|key|sig)=)[^&#\s]+/gi;

/** Longer runs of base64 than this are contents: keys and hashes are shorter. */
const CONTENT_CHARACTERS = 512;
/** Deeper values than any request of ours has: what lies below is left out, so that no input exhausts the stack. */
const MAX_DEPTH = 32;

/** Of something that was masked, as JSON: what stands there in the place of a secret or a content. */
const MASKED = /\*{8}|"\(base64, about \d+ bytes\)"|"\(nested too deeply\)"/;

/** Whether JSON that came out of `maskSecrets` says all that went into it. */
export function isWhole(masked: string): boolean {
  return !MASKED.test(masked);
}

/** A deep copy with every secret masked and contents shortened to their size; null and booleans tell nothing and stay. */
export function maskSecrets(value: unknown): unknown {
  return mask(value, 0);
}

function mask(value: unknown, depth: number): unknown {
  if (typeof value === "string") return maskText(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth === MAX_DEPTH) return "(nested too deeply)";
  if (Array.isArray(value)) return value.map((item) => mask(item, depth + 1));
  return mapFields(value, (name, field) => {
    if (SECRET_NAME.test(name)) return isMoment(name, field) ? field : hide(field);
    return AUTH_NAME.test(name) ? maskAuth(field) : mask(field, depth + 1);
  });
}

/** `webhook_secret_previous_until_ts` tells when, and not what. */
function isMoment(name: string, field: unknown): boolean {
  return name.endsWith("_ts") && typeof field === "number";
}

function maskAuth(auth: unknown): unknown {
  if (typeof auth !== "object" || auth === null || Array.isArray(auth)) return hide(auth);
  return mapFields(auth, (name, field) => (AUTH_SHOWN.has(name) ? maskText(String(field)) : hide(field)));
}

function hide(value: unknown): unknown {
  return value === null || typeof value === "boolean" ? value : MASK;
}

/** A text with the secrets of its URLs masked; one that is a content, by its size alone. */
export function maskText(text: string): string {
  const content = text.startsWith("base64:") ? text.slice("base64:".length) : text;
  const long = content.length > CONTENT_CHARACTERS && /^[A-Za-z0-9+/_=\r\n-]+$/.test(content);
  if (long || content !== text) return `(base64, about ${Math.floor((content.length * 3) / 4)} bytes)`;
  // Most texts hold neither, and a pattern costs ten times what finding a character does.
  const shown = text.includes("://") ? text.replace(USERINFO, `://${MASK}@`) : text;
  return shown.includes("=") ? shown.replace(SECRET_PARAMETER, `$1${MASK}`) : shown;
}

function mapFields(object: object, map: (name: string, field: unknown) => unknown): Record<string, unknown> {
  const fields: [string, unknown][] = Object.entries(object);
  for (const field of fields) field[1] = map(field[0], field[1]);
  return Object.fromEntries(fields);
}
