/** Paths in a store: never out of its prefix, and written in URLs so that every server reads them alike. */
import { AttachmentError } from "../content.ts";

/** The path's segments behind the prefix's; throws a permanent AttachmentError where it could lead out of it. */
export function segmentsOf(prefix: readonly string[], path: string): string[] {
  const segments = path.split("/");
  // A URL parser takes `..` out before anybody is asked, also where it is written %2e%2e.
  if (segments.some((segment) => segment === "" || segment === "." || segment === ".." || /[\\\p{Cc}]/u.test(segment)))
    throw new AttachmentError("the path in the store is not a plain one", true);
  return [...prefix, ...segments];
}

/** The segments behind a server's URL, percent-encoded as RFC 3986 2.3 has it. */
export function urlOf(endpoint: URL, segments: readonly string[]): URL {
  const path = segments.map(encodeSegment).join("/");
  return new URL(`${endpoint.pathname.replace(/\/+$/, "")}/${path}`, endpoint);
}

function encodeSegment(segment: string): string {
  const encoded = encodeURIComponent(segment.toWellFormed());
  return encoded.replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

const LONGEST_NAME = 100;

/** A name as one segment that every store and file system takes: ASCII letters, digits, dots within. */
export function storeName(name: string): string {
  const safe = name.replace(/[^A-Za-z0-9._-]+/g, "_").replace(/^\.+/, "");
  // The end of a long one tells what kind of file it is.
  return safe.slice(-LONGEST_NAME).replace(/^\.+/, "") || "file";
}
