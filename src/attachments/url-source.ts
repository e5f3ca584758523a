/** Attachments by `http_url`: a GET to where the message says, which is guarded, and so is each redirect. */
import type { HttpClient } from "../ports.ts";
import { authHeaders, type Credentials } from "../security/credentials.ts";
import type { Reach } from "../security/reach.ts";
import { urlIn } from "../url.ts";
import { announcedBytes, ask, bodyOf } from "./answer.ts";
import { AttachmentError, type Opened } from "./content.ts";

const MOST_REDIRECTS = 5;
/** RFC 9110 15.4. */
const REDIRECTS = [301, 302, 303, 307, 308];

export interface UrlOptions {
  http: HttpClient;
  reach: Reach;
  /** The attachment's own; a tenant's are for its application alone. */
  credentials: Credentials | undefined;
  signal: AbortSignal;
}

export async function openUrl(text: string, options: UrlOptions): Promise<Opened> {
  const { http, reach, signal } = options;
  let { credentials } = options;
  let url = readUrl(text);
  for (let redirects = 0; ; redirects++) {
    const here = url;
    const fault = reach.urlFault(here);
    if (fault !== undefined) throw new AttachmentError(`${here.host} may not be reached: it ${fault}`, true);
    const headers = headersOf(credentials);
    const addressFault = (address: string) => reach.addressFault(here, address);
    const answer = await ask(http, { method: "GET", url: here, headers, addressFault, signal });
    if (!REDIRECTS.includes(answer.status)) {
      const body = await bodyOf(answer, here.host);
      return { body, size: announcedBytes(answer.headers), mimeType: answer.headers.get("content-type") ?? undefined };
    }
    await answer.body?.cancel();
    if (redirects === MOST_REDIRECTS) throw new AttachmentError(`${here.host} redirects too often`, true);
    url = target(answer.headers.get("location"), here);
    if (url.origin === here.origin) continue;
    if (credentials !== undefined && here.protocol === "https:" && url.protocol === "http:")
      throw new AttachmentError(`${here.host} redirects from https to http`, true);
    credentials = undefined; // they were meant for the first host alone
  }
}

function readUrl(text: string): URL {
  const url = urlIn(text);
  if (url === undefined) throw new AttachmentError("its URL cannot be read", true);
  return url;
}

function target(location: string | null, from: URL): URL {
  const url = location === null ? undefined : urlIn(location, from);
  if (url === undefined) throw new AttachmentError(`${from.host} redirects to nowhere`, true);
  return url;
}

function headersOf(credentials: Credentials | undefined): Headers {
  const headers = credentials === undefined ? new Headers() : usableHeaders(credentials);
  headers.set("accept", "*/*");
  headers.set("accept-encoding", "identity");
  headers.set("user-agent", "mail-proxy");
  return headers;
}

/** What is thrown at a secret that cannot stand in a header may show it. */
export function usableHeaders(credentials: Credentials): Headers {
  try {
    return authHeaders(credentials);
  } catch {
    throw new AttachmentError("its credentials cannot stand in a header", true);
  }
}
