/** Attachments by `endpoint`: a POST to the tenant's application, which knows by the fields what is meant. */
import type { HttpClient } from "../ports.ts";
import type { Credentials } from "../security/credentials.ts";
import { endpointUrl } from "../security/endpoints.ts";
import type { Reach } from "../security/reach.ts";
import { announcedBytes, ask, bodyOf } from "./answer.ts";
import { AttachmentError, type Opened } from "./content.ts";
import { usableHeaders } from "./url-source.ts";

/** Where a tenant hands out attachments below its base URL, unless it says otherwise. */
const DEFAULT_ATTACHMENT_PATH = "/mail-proxy/attachments";

/** A tenant's application, as far as it hands out attachments. */
export interface AttachmentEndpoint {
  baseUrl: string | null;
  path: string | null;
  format: "form" | "json";
}

export interface EndpointOptions {
  http: HttpClient;
  reach: Reach;
  credentials: Credentials | undefined;
  signal: AbortSignal;
}

export async function openAtEndpoint(
  storagePath: string,
  { baseUrl, path, format }: AttachmentEndpoint,
  { http, reach, credentials, signal }: EndpointOptions,
): Promise<Opened> {
  if (baseUrl === null) throw new AttachmentError("its tenant has no client_base_url to ask for it", true);
  const url = endpointUrl(baseUrl, path ?? DEFAULT_ATTACHMENT_PATH);
  if (typeof url === "string") throw new AttachmentError(url, true);
  const fault = reach.urlFault(url);
  if (fault !== undefined) throw new AttachmentError(`client_base_url ${fault}`, true);
  const headers = credentials === undefined ? new Headers() : usableHeaders(credentials);
  const { type, body } = format === "json" ? jsonBody(storagePath) : formBody(storagePath);
  for (const [name, value] of [
    ["content-type", type],
    ["accept", "*/*"],
    ["accept-encoding", "identity"],
    ["user-agent", "mail-proxy"],
  ] as const)
    headers.set(name, value);
  const addressFault = (address: string) => reach.addressFault(url, address);
  // No redirect is followed: whoever gets the tenant's credentials is the tenant's to name.
  const answer = await ask(http, { method: "POST", url, headers, body, addressFault, signal });
  return {
    body: await bodyOf(answer, url.host),
    size: announcedBytes(answer.headers),
    mimeType: answer.headers.get("content-type") ?? undefined,
  };
}

/** The fields of the query string, and `storage_path` itself, which none of them replaces. */
function fieldsOf(storagePath: string): URLSearchParams {
  const fields = new URLSearchParams(storagePath);
  fields.set("storage_path", storagePath);
  return fields;
}

function formBody(storagePath: string) {
  return { type: "application/x-www-form-urlencoded", body: fieldsOf(storagePath).toString() };
}

/** A field that is named more than once has an array of values. */
function jsonBody(storagePath: string) {
  const fields = fieldsOf(storagePath);
  const entries = [...new Set(fields.keys())].map((name): [string, string | string[]] => {
    const values = fields.getAll(name);
    return [name, values.length === 1 ? values[0]! : values];
  });
  return { type: "application/json", body: JSON.stringify(Object.fromEntries(entries)) };
}
