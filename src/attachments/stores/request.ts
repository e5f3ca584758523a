/** One request to an object store, and what its refusal means for the message. */
import type { HttpClient } from "../../ports.ts";
import type { Reach } from "../../security/reach.ts";
import { announcedBytes, ask } from "../answer.ts";
import { AttachmentError } from "../content.ts";
import type { StoredFile } from "./store.ts";

/** What object stores are reached by. */
export interface ObjectStoreOptions {
  http: HttpClient;
  reach: Reach;
  now(): number;
}

export interface StoreRequest {
  method: "GET" | "PUT" | "DELETE";
  url: URL;
  headers: Headers;
  body?: Uint8Array;
  signal: AbortSignal;
}

/** Answers one of these statuses; throws AttachmentError at any other. The URL may hold a signature: only its host is told. */
export async function request(
  { http, reach }: ObjectStoreOptions,
  { method, url, headers, body, signal }: StoreRequest,
  expected: readonly number[],
): Promise<Response> {
  const fault = reach.urlFault(new URL("/", url));
  if (fault !== undefined) throw new AttachmentError(`the store at ${url.host} may not be reached: it ${fault}`, true);
  if (body !== undefined) headers.set("Content-Length", String(body.byteLength));
  const addressFault = (address: string) => reach.addressFault(url, address);
  const content = body === undefined ? {} : { body: isUnshared(body) ? body : body.slice() };
  const response = await ask(http, { method, url, headers, addressFault, signal, ...content });
  if (expected.includes(response.status)) return response;
  await response.body?.cancel();
  throw refusal(`the store at ${url.host}`, response.status);
}

/** A file as its answer holds it. */
export function storedFile({ body, headers }: Response): StoredFile {
  return {
    body: body ?? new Blob([]).stream(),
    size: announcedBytes(headers),
    mimeType: headers.get("Content-Type") ?? undefined,
  };
}

function refusal(name: string, status: number): AttachmentError {
  if (status === 404) return new AttachmentError(`${name} has no such file or bucket (404)`, true);
  if (status === 401 || status === 403) return new AttachmentError(`${name} refuses its credentials (${status})`, true);
  if (status >= 300 && status < 400)
    return new AttachmentError(`${name} sends elsewhere (${status}): its endpoint or region is another`, true);
  // RFC 9110 15.5.9, RFC 6585 4: the two of a client's faults that pass.
  const permanent = status < 500 && status !== 408 && status !== 429;
  return new AttachmentError(`${name} answers ${status}`, permanent);
}

/** Requests take no memory that threads share. */
function isUnshared(bytes: Uint8Array): bytes is Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer;
}
