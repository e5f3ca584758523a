/** The whole URLs by which older clients say where an application is, split into the base and the paths that are kept. */
import * as v from "valibot";
import { urlIn } from "../../url.ts";
import { line } from "./values.ts";

/** Where a tenant's application is; credentials stand in `client_auth`, where they are kept sealed. */
export const httpUrl = (longest: number) =>
  v.pipe(
    line(longest),
    v.check(isHttpUrl, "must be an http or https URL"),
    v.check((url) => !hasCredentials(url), "must hold no credentials; they belong into client_auth"),
  );

/** No longer than a path may be. */
const wholeUrl = v.nullish(httpUrl(1_000));

export const wholeUrls = { client_sync_url: wholeUrl, client_attachment_url: wholeUrl };

/** As they have passed their schemas. */
interface Given {
  client_base_url?: string | null | undefined;
  client_sync_path?: string | null | undefined;
  client_attachment_path?: string | null | undefined;
  client_sync_url?: string | null | undefined;
  client_attachment_url?: string | null | undefined;
}

/** The last step of a schema: base and paths stand in the place of whole URLs. */
export function splitUrls<T extends Given>() {
  return v.rawTransform<T, Omit<T, keyof typeof wholeUrls>>(({ dataset: { value }, addIssue, NEVER }) => {
    const { client_sync_url: sync, client_attachment_url: attachment, ...rest } = value;
    const fault = splitFault(value);
    if (fault === undefined) return { ...rest, ...syncOf(sync), ...attachmentOf(attachment) };
    addIssue({ message: fault });
    return NEVER;
  });
}

function splitFault({ client_sync_url: sync, client_attachment_url: attachment, ...named }: Given): string | undefined {
  if (sync === undefined && attachment === undefined) return undefined;
  if (Object.entries(named).some(([name, value]) => PLACES.has(name) && value !== undefined))
    return "client_sync_url and client_attachment_url stand in the place of client_base_url and its paths: give either";
  if (attachment === null || attachment === undefined) return undefined;
  if (sync === null || sync === undefined) return "client_attachment_url needs client_sync_url beside it";
  const isOneServer = new URL(sync).origin === new URL(attachment).origin;
  return isOneServer ? undefined : "client_sync_url and client_attachment_url must be on one server";
}

const PLACES = new Set(["client_base_url", "client_sync_path", "client_attachment_path"]);

function syncOf(url: string | null | undefined) {
  if (url === undefined) return {};
  return url === null
    ? { client_base_url: null, client_sync_path: null }
    : { client_base_url: new URL(url).origin, client_sync_path: pathOf(url) };
}

function attachmentOf(url: string | null | undefined) {
  return url === undefined ? {} : { client_attachment_path: url === null ? null : pathOf(url) };
}

function pathOf(url: string): string {
  const { pathname, search } = new URL(url);
  return pathname + search;
}

export function isHttpUrl(url: string): boolean {
  return /^https?:$/.test(urlIn(url)?.protocol ?? "");
}

function hasCredentials(text: string): boolean {
  const url = urlIn(text);
  return url !== undefined && (url.username !== "" || url.password !== "");
}
