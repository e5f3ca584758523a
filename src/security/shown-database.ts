/** A database's URL as people may see it: it may carry a token or a password anywhere behind its host, and before it. */
import { urlIn } from "../url.ts";

export function shownDatabase(url: string): string {
  if (url.startsWith("file:")) return url.replace(/[?#].*$/, "");
  const read = urlIn(url);
  return read === undefined ? "of a URL that is none" : `${read.protocol}//${read.host}`;
}
