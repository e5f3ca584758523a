/** The address of a libSQL server as its HTTP client takes it; what is none is refused in words that do not repeat it. */
import { createClient, LibsqlError } from "@libsql/client/http";

const SCHEME = /^(libsql|https?|wss?):/i;
/** Servers answer HTTP and WebSocket at one address. */
const OVER_HTTP: Partial<Record<string, string>> = { ws: "http:", wss: "https:" };

/** Throws LibsqlError. */
export function httpUrl(url: string): string {
  const [prefix, scheme = ""] = SCHEME.exec(url) ?? invalid("is none: libsql://, https:// or http://");
  // RFC 9110 4.2.4, and `fetch` would name them in its error.
  if (/^[^:]*:\/\/[^/?#]*@/.test(url)) invalid("has a user before its host: the token is a setting of its own");
  const own = (OVER_HTTP[scheme.toLowerCase()] ?? prefix) + url.slice(prefix.length);
  try {
    createClient({ url: own });
  } catch (error) {
    if (!(error instanceof LibsqlError)) throw error;
    invalid("is not valid");
  }
  return own;
}

function invalid(why: string): never {
  throw new LibsqlError(`the URL of the database ${why}`, "URL_INVALID");
}
