/** What a server's answer means for an attachment, and what its failure to answer does. */
import type { HttpClient, HttpRequest } from "../ports.ts";
import { AddressRefused } from "../security/reach.ts";
import { AttachmentError } from "./content.ts";

/** RFC 9110 15.5.9, RFC 8470 5.2, RFC 6585 4: a client's faults that pass. */
const PASSING = [408, 425, 429];

/** Sends it and answers what comes back; throws AttachmentError where nothing does. Of the URL only the host is told. */
export async function ask(http: HttpClient, request: HttpRequest): Promise<Response> {
  try {
    return await http(request);
  } catch (error) {
    if (request.signal.aborted) throw request.signal.reason;
    if (error instanceof AttachmentError) throw error;
    const { host } = request.url;
    if (error instanceof AddressRefused)
      throw new AttachmentError(`${host} may not be reached: it ${error.message}`, true);
    throw new AttachmentError(`${host} cannot be reached${code(error)}`, false);
  }
}

/** The body of a good answer; throws AttachmentError on any other, and lets its body go. */
export async function bodyOf(answer: Response, host: string): Promise<ReadableStream<Uint8Array>> {
  const { ok, status, body } = answer;
  if (ok && status !== 204 && body !== null) return body;
  await body?.cancel();
  const isPermanent = status < 500 && !PASSING.includes(status);
  throw new AttachmentError(`${host} answers HTTP ${status}${ok ? ", without content" : ""}`, isPermanent);
}

/** The system's code where there is one: texts may show the whole URL. */
function code(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error && "code" in cause && typeof cause.code === "string" ? ` (${cause.code})` : "";
}

/** Bytes as the answer announces them; undefined where it does not. */
export function announcedBytes(headers: Headers): number | undefined {
  const text = headers.get("content-length");
  return text !== null && /^\d{1,15}$/.test(text) && !headers.has("content-encoding") ? Number(text) : undefined;
}

/** Names no kind of content: what the file is called says as much. */
const GENERIC = /^(?:application|binary)\/(?:octet-stream|x-download|force-download|x-binary|unknown)\b/i;

/** The type that a source gives, where it says more than the name does. */
export function usefulType(type: string | null | undefined): string | undefined {
  return type == null || type === "" || GENERIC.test(type) ? undefined : type;
}
